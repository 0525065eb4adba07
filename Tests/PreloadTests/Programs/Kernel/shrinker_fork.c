// expect: exit 0
// options: limit=16M
// links: quarry
// args:
// args: scope

// The child of a fork takes back a shrinker that another thread of the parent was calling: that call is never over there.
// Whether the forking thread may reclaim (memalloc_noreclaim_save) has no part in that.

#include <quarry/kernel.h>
#include <semaphore.h>
#include <sys/wait.h>

#include "check.h"

static sem_t is_called, may_return;

static unsigned long waits(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  sem_post(&is_called);
  CHECK(sem_wait(&may_return) == 0);
  return 0;
}

static void *reclaim(void *unused) {
  CHECK(kmalloc(4 * MiB, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN) == NULL);
  return unused;
}

int main(int count, char **arguments) {
  (void)arguments;
  CHECK(sem_init(&is_called, 0, 0) == 0 && sem_init(&may_return, 0, 0) == 0);
  while (kmalloc(MiB, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN) != NULL) {}
  struct shrinker *shrinker = shrinker_alloc(0, "test");
  shrinker->count_objects = shrinker->scan_objects = waits;
  shrinker_register(shrinker);
  pthread_t reclaiming = start(reclaim, NULL);
  CHECK(sem_wait(&is_called) == 0);
  unsigned flags = count > 1 ? memalloc_noreclaim_save() : 0;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(30);
    shrinker_free(shrinker);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  if (count > 1) memalloc_noreclaim_restore(flags);
  sem_post(&may_return);
  join(reclaiming);
  shrinker_free(shrinker);
}
