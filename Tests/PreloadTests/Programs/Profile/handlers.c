// expect: exit 0
// options: sample=1
// flags: -O2 -rdynamic -Wno-unknown-pragmas

// Stacks in signal handlers go on in what was interrupted, on the same stack and from an alternate one, wherever in the
// program that was.

#include <signal.h>
#include <sys/mman.h>
#include "profile.h"

static volatile sig_atomic_t handled;

static void handler(int signal) {
  (void)signal;
  void *block = malloc(24);
  check_stack(block);
  free(block);
  handled++;
}

static __attribute__((noinline)) void interrupted(int depth) {
  if (depth > 0) interrupted(depth - 1);
  else raise(SIGUSR1);
  __asm__ volatile("");
}

// Faults at an instruction that is no call, in a function without a frame.
static __attribute__((noinline)) int faulting(volatile int *page) { return *page; }

static void *page;

static void mend(int signal) {
  handler(signal);
  CHECK(mprotect(page, 4096, PROT_READ) == 0);
}

static void *body(void *argument) {
  static _Thread_local char room[64 * KiB];
  stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
  if (argument != NULL) CHECK(sigaltstack(&stack, NULL) == 0);
  interrupted(0);
  interrupted(5);
  CHECK(mprotect(page, 4096, PROT_NONE) == 0);
  CHECK(faulting(page) == 0);
  return NULL;
}

int main(void) {
  uses_quarry();
  warm_up();
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  action.sa_handler = mend;
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
  body(NULL);
  join(start(body, NULL));
  join(start(body, "alternate stack"));
  body("alternate stack");
  CHECK(handled == 12);
  return 0;
}
