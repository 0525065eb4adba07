// expect: exit 0
// args: refuse
// args: kill

// Sandboxes often forbid getrandom: with a filter that refuses it or kills for it, the program starts, allocates,
// forks and starts threads.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "check.h"

static void forbid_getrandom(unsigned answer) {
  struct sock_filter program[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, answer),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

static void *use(void *argument) {
  for (size_t size = 1; size < 100 * MiB; size = size * 3 / 2 + 1) {
    char *block = malloc(size);
    CHECK(block != NULL);
    block[size - 1] = 1;
    free(block);
  }
  return argument;
}

int main(int count, char **arguments) {
  if (count == 2) {
    // The filter outlives exec: the library meets it from its first instruction on.
    bool kill = strcmp(arguments[1], "kill") == 0;
    forbid_getrandom(kill ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM);
    execl("/proc/self/exe", arguments[0], arguments[1], "filtered", NULL);
    CHECK(!"exec");
  }
  uses_quarry();
  use(NULL);
  join(start(use, NULL));
  pid_t process = fork();
  CHECK(process >= 0);
  use(NULL);
  if (process == 0) _exit(0);
  int status;
  CHECK(waitpid(process, &status, 0) == process && status == 0);
}
