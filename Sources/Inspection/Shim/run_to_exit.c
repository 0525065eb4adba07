// Runs a command up to the moment at which it would end, when its memory is still all there.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CInspection.h"

int quarry_run_to_exit(char *const arguments[]) {
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(126);
    // The parent sets its options here, before the command begins.
    raise(SIGSTOP);
    execvp(arguments[0], arguments);
    _exit(errno == ENOENT ? 127 : 126);
  }
  int status = 0;
  int is_set_up = 0, has_begun = 0;
  while (waitpid(child, &status, 0) == child || errno == EINTR) {
    if (WIFEXITED(status) || WIFSIGNALED(status)) return -ECHILD;
    if (!WIFSTOPPED(status)) continue;
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
      if (has_begun) return child;
      return WEXITSTATUS(quarry_let_end(child)) == 127 ? -ENOENT : -EACCES;
    }
    int signal = WSTOPSIG(status);
    if (!is_set_up) {
      if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL) != 0) return -errno;
      is_set_up = 1;
      signal = 0;
    } else if (signal == SIGTRAP) {
      has_begun = 1;  // the new program
      signal = 0;
    }
    ptrace(PTRACE_CONT, child, NULL, (void *)(intptr_t)signal);
  }
  return -ECHILD;
}

int quarry_let_end(int child) {
  int status = 0;
  ptrace(PTRACE_DETACH, child, NULL, NULL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return status;
}
