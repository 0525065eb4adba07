// expect: exit 0
// links: quarry

// An allocation that may wait never fails, however many threads share however small a reserve.

#include <quarry/kernel.h>
#include <sched.h>

#include "check.h"

enum { THREADS = 6, ROUNDS = 20000, RESERVE = 3 };

static void *reserve[RESERVE];

static void *once(gfp_t flags, void *data) {
  (void)flags;
  int *given = data;
  int number = __atomic_fetch_add(given, 1, __ATOMIC_RELAXED);
  return number < RESERVE ? (reserve[number] = malloc(sizeof(int))) : NULL;
}

static void release(void *element, void *data) {
  (void)data;
  free(element);
}

static void *work(void *argument) {
  mempool_t *pool = argument;
  for (int round = 0; round < ROUNDS; round++) {
    int *element = mempool_alloc(pool, GFP_KERNEL);
    CHECK(element != NULL);
    // Nobody else has it.
    CHECK(__atomic_exchange_n(element, 1, __ATOMIC_ACQUIRE) == 0);
    if (round % 64 == 0) sched_yield();
    __atomic_store_n(element, 0, __ATOMIC_RELEASE);
    mempool_free(element, pool);
  }
  return NULL;
}

int main(void) {
  int given = 0;
  mempool_t *pool = mempool_create(RESERVE, once, release, &given);
  CHECK(pool != NULL);
  for (int index = 0; index < RESERVE; index++) *(int *)reserve[index] = 0;
  pthread_t threads[THREADS];
  for (int index = 0; index < THREADS; index++) {
    CHECK(pthread_create(&threads[index], NULL, work, pool) == 0);
  }
  for (int index = 0; index < THREADS; index++) CHECK(pthread_join(threads[index], NULL) == 0);
  mempool_destroy(pool);
}
