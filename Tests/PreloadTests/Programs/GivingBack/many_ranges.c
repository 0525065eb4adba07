// expect: exit 0
// args: allow
// args: refuse
// args: kill
// flags: -rdynamic

// A thousand ranges go back, and what lies between them stays: many by one call where the system has such a call, one by one
// where it refuses that or would kill for it.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "check.h"

static void filter_process_madvise(unsigned answer) {
  struct sock_filter program[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_madvise, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, answer),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

// Calls for a single range.
static int singles;

int madvise(void *address, size_t bytes, int advice) {
  if (advice == MADV_DONTNEED) singles++;
  return (int)syscall(SYS_madvise, address, bytes, advice);
}

// Whether the system has the call for several ranges: not before Linux 6.15, and not for who is refused it.
static bool has_call(void) {
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  struct iovec range = {page, 4096};
  const int self = -10000;
  return syscall(SYS_process_madvise, self, &range, 1UL, MADV_DONTNEED, 0) == 4096;
}

enum { COUNT = 2000, SIZE = 40 * KiB };
static char *blocks[COUNT];

// How many of the blocks' last whole pages are in memory.
static int resident_ends(int first) {
  int found = 0;
  for (int i = first; i < COUNT; i += 2) {
    uintptr_t page = ((uintptr_t)blocks[i] + SIZE - 4096) & ~(uintptr_t)4095;
    unsigned char state;
    CHECK(mincore((void *)page, 4096, &state) == 0);
    found += state & 1;
  }
  return found;
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  if (strcmp(arguments[1], "refuse") == 0) filter_process_madvise(SECCOMP_RET_ERRNO | EPERM);
  if (strcmp(arguments[1], "kill") == 0) filter_process_madvise(SECCOMP_RET_KILL_PROCESS);
  uses_quarry();
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = malloc(SIZE);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], i % 255 + 1, SIZE);
  }
  for (int i = 0; i < COUNT; i += 2) free(blocks[i]);
  errno = 77;
  malloc_trim(0);
  CHECK(errno == 77);
  bool many = strcmp(arguments[1], "allow") == 0 && has_call();
  CHECK(many ? singles < COUNT / 20 : singles >= COUNT / 2);
  CHECK(resident_ends(0) == 0 && resident_ends(1) == COUNT / 2);
  for (int i = 1; i < COUNT; i += 2) {
    for (int at = 0; at < SIZE; at++) CHECK(blocks[i][at] == (char)(i % 255 + 1));
  }
}
