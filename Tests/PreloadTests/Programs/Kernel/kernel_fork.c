// expect: exit 0
// links: quarry
// deadline: 120

// Forks while threads use the kernel interface: the child finds every lock free and all that is not in use at hand.

#include <quarry/kernel.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "check.h"

static atomic_bool done;

static unsigned long none(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  return 0;
}

static void use(Random *random) {
  size_t size = 1 + random_below(random, 40000);
  char *blocks[] = {
      kmalloc(size, GFP_ATOMIC | __GFP_NOWARN), kmalloc(size, GFP_KERNEL), kmalloc(size, GFP_KERNEL | GFP_DMA32),
      (char *)__get_free_pages(GFP_KERNEL | __GFP_RECLAIMABLE, 1), (char *)__get_free_pages(GFP_KERNEL, 3),
  };
  for (int i = 1; i < 5; i++) CHECK(blocks[i] != NULL);
  struct shrinker *shrinker = shrinker_alloc(0, "%zu", size);
  shrinker->count_objects = shrinker->scan_objects = none;
  shrinker_register(shrinker);
  shrinker_free(shrinker);
  for (int i = 0; i < 3; i++) kfree(blocks[i]);
  free_pages((unsigned long)blocks[3], 1);
  free_pages((unsigned long)blocks[4], 3);
}

static void *work(void *argument) {
  Random random = {(uintptr_t)argument};
  while (!atomic_load(&done)) use(&random);
  return NULL;
}

int main(void) {
  pthread_t threads[2];
  for (uintptr_t i = 0; i < 2; i++) threads[i] = start(work, (void *)(i + 1));
  Random random = {9};
  for (int round = 0; round < 200; round++) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      alarm(30);
      for (int i = 0; i < 20; i++) use(&random);
      _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  atomic_store(&done, true);
  for (int i = 0; i < 2; i++) join(threads[i]);
}
