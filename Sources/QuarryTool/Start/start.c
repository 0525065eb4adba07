// quarry-start: starts a command as a child of the process that started this one, and ends.
//
// Linux counts what a process had resident before exec as the peak of the program that it becomes, and a child of the
// tool has megabytes of the tool's by then. This process has a fraction of one.
//
//   quarry-start GATE REPORT MASK [NAME=VALUE ...] -- COMMAND [ARGUMENT ...]
//
// GATE and REPORT are descriptors of pipes. The child waits until GATE is at its end. To REPORT it writes its number
// before, and, should it not become the command, the error then; where there is no child, a negative error. MASK is the
// set of signals that it blocks from then on, in hexadecimal digits, as the system has it. Whoever starts this blocks
// all, so that a signal reaches the child and nobody else.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(int report, int number) {
  if (write(report, &number, sizeof number) < 0) _exit(1);
}

static sigset_t mask_of(const char *digits) {
  uint64_t bits = strtoull(digits, NULL, 16);
  sigset_t mask;
  sigemptyset(&mask);
  for (int number = 1; number <= 64; number++) {
    if (bits >> (number - 1) & 1) sigaddset(&mask, number);
  }
  return mask;
}

int main(int count, char **words) {
  if (count < 6) return 2;
  int gate = atoi(words[1]), report = atoi(words[2]);
  sigset_t mask = mask_of(words[3]);
  char **word = words + 4;
  for (; *word != NULL && strcmp(*word, "--") != 0; word++) putenv(*word);
  if (*word == NULL || word[1] == NULL) return 2;
  char **command = word + 1;
  fcntl(gate, F_SETFD, FD_CLOEXEC);
  fcntl(report, F_SETFD, FD_CLOEXEC);

  // fork(), but for whose child it is. No handler of a fork is registered here, and there is one thread.
  long child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (child < 0) tell(report, -errno);
  if (child != 0) _exit(0);
  tell(report, (int)syscall(SYS_getpid));
  char end;
  while (read(gate, &end, 1) < 0 && errno == EINTR) {}
  sigprocmask(SIG_SETMASK, &mask, NULL);
  execvp(command[0], command);
  tell(report, errno);
  _exit(127);
}
