// Holding a child, and what it starts, at the moment at which they would end, when their memory is still all there, and
// nowhere else for long.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CInspection.h"

int quarry_watch_exit(int child, int scope) {
  long options = PTRACE_O_TRACEEXIT;
  if (scope == QUARRY_WATCH_ALL) options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
  if (scope == QUARRY_WATCH_ONE) options |= PTRACE_O_EXITKILL;
  return ptrace(PTRACE_SEIZE, child, NULL, (void *)options) == 0 ? 0 : -errno;
}

int quarry_is_at_exit(int status) { return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXIT; }

void quarry_go_on(int process, int status) {
  int signal = WSTOPSIG(status);
  switch (status >> 16) {
    case 0:
      // A signal on its way to the process.
      ptrace(PTRACE_CONT, process, NULL, (void *)(intptr_t)signal);
      return;
    case PTRACE_EVENT_STOP:
      // Whom a signal has stopped stays so, until SIGCONT comes.
      if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
        ptrace(PTRACE_LISTEN, process, NULL, NULL);
        return;
      }
  }
  ptrace(PTRACE_CONT, process, NULL, NULL);
}

int quarry_shares_memory(int process, int other) {
  return syscall(SYS_kcmp, process, other, KCMP_VM, 0, 0) == 0;
}
