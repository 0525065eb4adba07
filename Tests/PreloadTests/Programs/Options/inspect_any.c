// expect: exit 0
// options: inspect=any
// flags: -rdynamic

// With inspect=any the process lets any other of its user read it, and so do its forked children.

#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "check.h"

static int permissions;

// Stands before libc's, so that the library's call is seen whatever security modules the system has.
int prctl(int option, ...) {
  va_list arguments;
  va_start(arguments, option);
  unsigned long tracer = va_arg(arguments, unsigned long);
  va_end(arguments);
  if (option == PR_SET_PTRACER && tracer == PR_SET_PTRACER_ANY) permissions++;
  return 0;
}

int main(void) {
  uses_quarry();
  free(hide(malloc(100)));
  CHECK(permissions == 1);
  pid_t child = fork();
  if (child == 0) _exit(permissions);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
  return 0;
}
