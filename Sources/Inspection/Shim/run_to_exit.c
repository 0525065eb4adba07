// Runs a command up to the moment at which it would end, when its memory is still all there.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CInspection.h"

// Waits for the next stop of the child, or looks whether there was one. `*status` is what waitpid says.
// - Returns: 1 when it stopped, 0 when there was nothing, or -ECHILD when the child is gone.
static int next_stop(int child, int options, int *status) {
  int found;
  do found = waitpid(child, status, options);
  while (found < 0 && errno == EINTR);
  if (found == 0) return 0;
  return found == child && WIFSTOPPED(*status) ? 1 : -ECHILD;
}

static int is_exit(int status) { return status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8); }

static void go_on(int child, int signal) { ptrace(PTRACE_CONT, child, NULL, (void *)(intptr_t)signal); }

int quarry_start_traced(char *const arguments[], const sigset_t *blocked) {
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(126);
    sigprocmask(SIG_SETMASK, blocked, NULL);
    // The parent sets its options here, before the command begins.
    raise(SIGSTOP);
    execvp(arguments[0], arguments);
    _exit(errno == ENOENT ? 127 : 126);
  }
  int status = 0;
  if (next_stop(child, 0, &status) < 0) return -ECHILD;
  if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL) != 0) return -errno;
  go_on(child, 0);
  while (next_stop(child, 0, &status) > 0) {
    if (is_exit(status)) return WEXITSTATUS(quarry_let_end(child)) == 127 ? -ENOENT : -EACCES;
    int signal = WSTOPSIG(status);
    go_on(child, signal == SIGTRAP ? 0 : signal);
    if (signal == SIGTRAP) return child;  // the new program
  }
  return -ECHILD;
}

int quarry_run_to_exit(int child, int waits, int *status) {
  int found;
  while ((found = next_stop(child, waits ? 0 : WNOHANG, status)) > 0) {
    if (is_exit(*status)) return 1;
    go_on(child, WSTOPSIG(*status) == SIGTRAP ? 0 : WSTOPSIG(*status));  // a further program begins with a trap
  }
  return found;
}

int quarry_let_end(int child) {
  int status = 0;
  ptrace(PTRACE_DETACH, child, NULL, NULL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return status;
}
