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
  long options = PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC;
  if (scope & QUARRY_WATCH_THREADS) options |= PTRACE_O_TRACECLONE;
  if (scope & QUARRY_WATCH_CHILDREN) options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
  if (scope & QUARRY_WATCH_KILL) options |= PTRACE_O_EXITKILL;
  return ptrace(PTRACE_SEIZE, child, NULL, (void *)options) == 0 ? 0 : -errno;
}

enum quarry_stop quarry_stop(int status) {
  if (!WIFSTOPPED(status)) return QUARRY_STOP_NONE;
  switch (status >> 16) {
    case PTRACE_EVENT_EXIT: return QUARRY_STOP_EXIT;
    case PTRACE_EVENT_EXEC: return QUARRY_STOP_EXEC;
    case PTRACE_EVENT_STOP:
      switch (WSTOPSIG(status)) {
        case SIGSTOP: case SIGTSTP: case SIGTTIN: case SIGTTOU: return QUARRY_STOP_JOB;
      }
  }
  return QUARRY_STOP_OTHER;
}

void quarry_go_on(int thread, int status) {
  // Who was stopped for the terminal stays so, until SIGCONT comes.
  int request = quarry_stop(status) == QUARRY_STOP_JOB ? PTRACE_LISTEN : PTRACE_CONT;
  // Without an event, it is a signal on its way to the process.
  int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
  ptrace(request, thread, NULL, (void *)(intptr_t)signal);
}

int quarry_shares_memory(int process, int other) {
  return syscall(SYS_kcmp, process, other, KCMP_VM, 0, 0) == 0;
}
