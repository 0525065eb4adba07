// expect: exit 3
// options: sample=off
// stderr: quarry: free({pointer}): *double free*cache malloc-*

// The abort is an ordinary SIGABRT, which a program may handle to write its own report.

#include <signal.h>
#include "check.h"

static void report(int signal) {
  (void)signal;
  _exit(3);
}

int main(void) {
  uses_quarry();
  signal(SIGABRT, report);
  void *block = name_pointer(malloc(24));
  free(hide(block));
  free(hide(block));
}
