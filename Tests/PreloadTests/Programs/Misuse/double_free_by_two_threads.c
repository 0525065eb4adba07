// expect: abort
// options: sample=off
// stderr: quarry: {free,malloc}({pointer}): *double free*cache malloc-*

// Two threads make the same mistake at once: one line, whole.

#include "check.h"

static pthread_barrier_t both;

static void *body(void *block) {
  pthread_barrier_wait(&both);
  free(hide(block));
  return NULL;
}

int main(void) {
  uses_quarry();
  CHECK(pthread_barrier_init(&both, NULL, 2) == 0);
  void *block = name_pointer(malloc(100));
  CHECK(malloc(100) != NULL);
  free(hide(block));
  pthread_t first = start(body, block), second = start(body, block);
  join(first);
  join(second);
  for (int i = 0; i < 100000; i++) CHECK(malloc(100) != NULL);  // should it be noticed by the owner alone
}
