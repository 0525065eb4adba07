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

// The program that the child becomes begins.
static int is_exec(int status) { return status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8); }

// What the child is given as it goes on after a stop: a signal that was for it, but not what the stop itself was told by.
static int signal_of(int status) { return status >> 16 ? 0 : WSTOPSIG(status); }

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
  if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL) != 0) return -errno;
  go_on(child, 0);
  while (next_stop(child, 0, &status) > 0) {
    if (is_exit(status)) return WEXITSTATUS(quarry_let_end(child)) == 127 ? -ENOENT : -EACCES;
    go_on(child, signal_of(status));
    if (is_exec(status)) return child;
  }
  return -ECHILD;
}

int quarry_run_to_exit(int child, int waits, int *status) {
  int found;
  while ((found = next_stop(child, waits ? 0 : WNOHANG, status)) > 0) {
    if (is_exit(*status)) return 1;
    go_on(child, signal_of(*status));
  }
  return found;
}

int quarry_let_end(int child) {
  int status = 0;
  ptrace(PTRACE_DETACH, child, NULL, NULL);
  // Only one that is stopped can be let go: one that runs, at its next stop.
  while (next_stop(child, 0, &status) > 0) ptrace(PTRACE_DETACH, child, NULL, (void *)(intptr_t)signal_of(status));
  return status;
}
