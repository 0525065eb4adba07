// Holding a child, and what it starts, at the moment at which they would end, when their memory is still all there, and
// nowhere else for long.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CInspection.h"

int quarry_watch_exit(int child, int scope) {
  long options = PTRACE_O_TRACEEXIT;
  if (scope == QUARRY_WATCH_ALL) options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
  if (scope == QUARRY_WATCH_ONE) options |= PTRACE_O_EXITKILL;
  return ptrace(PTRACE_SEIZE, child, NULL, (void *)options) == 0 ? 0 : -errno;
}

// Threads of a process that have not ended.
static int live_threads(int process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR *threads = opendir(path);
  if (threads == NULL) return 0;
  int count = 0;
  for (struct dirent *thread; (thread = readdir(threads)) != NULL;) count += thread->d_name[0] != '.';
  closedir(threads);
  return count;
}

int quarry_is_at_exit(int process, int status) {
  if (!WIFSTOPPED(status) || status >> 16 != PTRACE_EVENT_EXIT) return 0;
  // Where the process ends, its other threads do so at once. Otherwise only its first one has.
  const struct timespec moment = {.tv_nsec = 1000000};
  for (int patience = 50; live_threads(process) > 1; patience--) {
    if (patience == 0) return 0;
    nanosleep(&moment, NULL);
  }
  return 1;
}

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
