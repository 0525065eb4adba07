// expect: exit 0
// links: quarry

// A child of a process whose threads use a cache has a cache that works.

#include <quarry/kernel.h>
#include <sys/wait.h>

#include "check.h"

static struct kmem_cache *cache;
static bool ended;

static void *churn(void *unused) {
  void *objects[100];
  while (!__atomic_load_n(&ended, __ATOMIC_RELAXED)) {
    for (int index = 0; index < 100; index++) CHECK((objects[index] = kmem_cache_alloc(cache, GFP_KERNEL)) != NULL);
    for (int index = 0; index < 100; index++) kmem_cache_free(cache, objects[index]);
  }
  return unused;
}

int main(void) {
  cache = kmem_cache_create("forked", 64, 0, SLAB_NO_MERGE, NULL);
  CHECK(cache != NULL);
  pthread_t threads[3];
  for (int index = 0; index < 3; index++) CHECK(pthread_create(&threads[index], NULL, churn, NULL) == 0);
  for (int round = 0; round < 100; round++) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      void *objects[1000];
      for (int index = 0; index < 1000; index++) {
        CHECK((objects[index] = kmem_cache_alloc(cache, GFP_KERNEL)) != NULL);
        memset(objects[index], index, 64);
      }
      for (int index = 0; index < 1000; index++) kmem_cache_free(cache, objects[index]);
      kmem_cache_shrink(cache);
      _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
  }
  __atomic_store_n(&ended, true, __ATOMIC_RELAXED);
  for (int index = 0; index < 3; index++) CHECK(pthread_join(threads[index], NULL) == 0);
  CHECK(kmem_cache_shrink(cache) == 0);
  kmem_cache_destroy(cache);
}
