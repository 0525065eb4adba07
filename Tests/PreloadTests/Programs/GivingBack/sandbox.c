// expect: exit 0
// options: kswapd=off

// In a sandbox that kills for any system call but those that README names, small and large blocks come and go as ever.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "check.h"

static const int allowed[] = {
  SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_membarrier, SYS_futex, SYS_sched_yield,
  SYS_clock_gettime, SYS_prctl, SYS_openat, SYS_read, SYS_close, SYS_write, SYS_getpid, SYS_exit_group,
};

enum { ALLOWED = sizeof allowed / sizeof *allowed };

static void enter_sandbox(void) {
  struct sock_filter program[ALLOWED + 3];
  program[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (int i = 0; i < ALLOWED; i++) {
    program[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], ALLOWED - i, 0);
  }
  program[ALLOWED + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  program[ALLOWED + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

enum { COUNT = 2000 };
static char *blocks[COUNT];

int main(void) {
  uses_quarry();
  enter_sandbox();
  for (size_t size = 40; size <= 40 * KiB; size *= 32) {
    for (int i = 0; i < COUNT; i++) {
      blocks[i] = malloc(size);
      CHECK(blocks[i] != NULL);
      memset(blocks[i], 1, size);
    }
    for (int i = 0; i < COUNT; i += 2) free(blocks[i]);
    malloc_trim(0);
    for (int i = 1; i < COUNT; i += 2) free(blocks[i]);
  }
  // Runs that it fills, that grow and move, and blocks with mappings of their own.
  for (int i = 0; i < 6; i++) {
    char *block = malloc(16 * MiB);
    CHECK(block != NULL);
    memset(block, 1, 16 * MiB);
    block = realloc(block, (size_t)(i + 1) * 16 * MiB);
    CHECK(block != NULL && block[16 * MiB - 1] == 1);
    if (i % 2) free(block);
  }
  malloc_trim(0);
}
