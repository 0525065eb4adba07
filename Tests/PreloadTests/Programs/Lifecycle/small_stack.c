// expect: exit 0
// standard: yes

// Threads with the smallest stack that POSIX knows can allocate, resize and free everything.

#include <limits.h>
#include "check.h"

static void *body(void *argument) {
  for (size_t size = 1; size < 200 * MiB; size = size * 3 / 2 + 1) {
    char *block = malloc(size);
    CHECK(block != NULL);
    block = realloc(block, size * 2);
    CHECK(block != NULL);
    free(block);
    block = calloc(1, size % MiB);
    CHECK(block != NULL);
    free(block);
    block = memalign(4096, size % MiB);
    CHECK(block != NULL);
    free(block);
  }
  malloc_trim(0);
  return argument;
}

int main(void) {
  uses_quarry();
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0);
  for (int i = 0; i < 50; i++) {
    pthread_t thread;
    CHECK(pthread_create(&thread, &attributes, body, NULL) == 0);
    join(thread);
  }
}
