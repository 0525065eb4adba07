// Holding a child at the moment at which it would end, when its memory is still all there, and nowhere else.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "CInspection.h"

int quarry_watch_exit(int child) {
  return ptrace(PTRACE_SEIZE, child, NULL, (void *)PTRACE_O_TRACEEXIT) == 0 ? 0 : -errno;
}

int quarry_is_at_exit(int status) { return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXIT; }

void quarry_go_on(int child, int status) {
  int signal = WSTOPSIG(status);
  switch (status >> 16) {
    case 0:
      // A signal on its way to the child.
      ptrace(PTRACE_CONT, child, NULL, (void *)(intptr_t)signal);
      return;
    case PTRACE_EVENT_STOP:
      // Whom a signal has stopped stays so, until SIGCONT comes.
      if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
        ptrace(PTRACE_LISTEN, child, NULL, NULL);
        return;
      }
  }
  ptrace(PTRACE_CONT, child, NULL, NULL);
}
