// expect: exit 0
// standard: yes

// A thread that is to be cancelled goes on until it comes to a point where that may be: malloc and free are none, also where
// they ask the system about huge pages.

#include "check.h"

enum { COUNT = 1000000 };

static pthread_barrier_t barrier;
static void *blocks[COUNT];
static bool went_on;

static void *allocate(void *argument) {
  (void)argument;
  for (int step = 0; step < 2; step++) pthread_barrier_wait(&barrier);
  for (size_t i = 0; i < COUNT; i++) CHECK((blocks[i] = malloc(64)) != NULL);
  for (size_t i = 0; i < COUNT; i++) free(blocks[i]);
  for (int i = 0; i < 2; i++) {
    char *block = malloc(8 * MiB);
    CHECK(block != NULL);
    memset(block, 1, 8 * MiB);
    free(block);
  }
  went_on = true;
  pthread_testcancel();
  return NULL;
}

int main(void) {
  uses_quarry();
  CHECK(pthread_barrier_init(&barrier, NULL, 2) == 0);
  pthread_t thread = start(allocate, NULL);
  pthread_barrier_wait(&barrier);
  CHECK(pthread_cancel(thread) == 0);
  pthread_barrier_wait(&barrier);
  void *result;
  CHECK(pthread_join(thread, &result) == 0);
  CHECK(result == PTHREAD_CANCELED && went_on);
}
