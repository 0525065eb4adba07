// expect: exit 0
// options: limit=16M
// links: quarry

// A shrinker that is taken back while a call of it is under way goes when that is over, and one that was registered before
// it may go meanwhile: reclaim does not go on to what is no more.

#include <quarry/kernel.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "check.h"

static sem_t is_called, may_return;
static atomic_bool is_over;

static unsigned long none(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  return 0;
}

static unsigned long waits(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  sem_post(&is_called);
  CHECK(sem_wait(&may_return) == 0);
  atomic_store(&is_over, true);
  return 0;
}

static void *reclaim(void *unused) {
  CHECK(kmalloc(4 * MiB, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN) == NULL);
  return unused;
}

static void *take_back(void *shrinker) {
  shrinker_free(shrinker);
  CHECK(atomic_load(&is_over));
  return NULL;
}

static struct shrinker *make(unsigned long (*count)(struct shrinker *, struct shrink_control *)) {
  struct shrinker *shrinker = shrinker_alloc(0, "test");
  CHECK(shrinker != NULL);
  shrinker->count_objects = count;
  shrinker->scan_objects = none;
  shrinker_register(shrinker);
  return shrinker;
}

int main(void) {
  CHECK(sem_init(&is_called, 0, 0) == 0 && sem_init(&may_return, 0, 0) == 0);
  while (kmalloc(MiB, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN) != NULL) {}
  // The one that was registered last is asked first.
  struct shrinker *second = make(none), *first = make(waits);
  pthread_t reclaiming = start(reclaim, NULL);
  CHECK(sem_wait(&is_called) == 0);
  pthread_t taking = start(take_back, first);
  while (__atomic_load_n(&first->quarry_registered, __ATOMIC_ACQUIRE) != 0) sched_yield();
  size_t size = malloc_usable_size(second);
  shrinker_free(second);
  // Its memory is somebody else's now.
  void *other;
  do {
    CHECK((other = malloc(size)) != NULL);
    memset(other, 0x5a, size);
  } while (other != second);
  sem_post(&may_return);
  join(reclaiming);
  join(taking);
}
