// expect: exit 0

// Where the system gives no further thread, everything goes on without.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "GivingBack/giving_back.h"

int main(void) {
  uses_quarry();
  be_several();
  struct sock_filter no_clone[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof no_clone / sizeof *no_clone, .filter = no_clone};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
  errno = 0;
  peak(64 * MiB);
  CHECK(errno == 0);
  CHECK(threads().count == 2);
  // A look at the clock on the way does its work.
  size_t before = resident();
  CHECK(before > 12 * MiB);
  UNTIL((peak(64 * KiB), resident() < 10 * MiB));
}
