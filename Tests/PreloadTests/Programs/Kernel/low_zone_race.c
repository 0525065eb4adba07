// expect: exit 0
// links: quarry
// deadline: 120

// The first two requests to a zone of low addresses come at nearly the same time: neither uses it before all of it is there, and
// both are served, with blocks of their own.

#include <quarry/kernel.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "check.h"

enum { THREADS = 2, BLOCKS = 8 };

static atomic_int arrived;
static int delay;
static char *blocks[THREADS][BLOCKS];

static void *request(void *mine) {
  atomic_fetch_add(&arrived, 1);
  while (atomic_load(&arrived) < THREADS) {}
  char **block = mine;
  if (block == blocks[1]) for (volatile int i = 0; i < delay; i++) {}
  for (int i = 0; i < BLOCKS; i++) block[i] = (char *)__get_free_pages(GFP_KERNEL | GFP_DMA32, 0);
  return mine;
}

static void race(void) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) threads[i] = start(request, blocks[i]);
  for (int i = 0; i < THREADS; i++) join(threads[i]);
  char **all = &blocks[0][0];
  for (size_t i = 0; i < THREADS * BLOCKS; i++) {
    CHECK(all[i] != NULL && (uintptr_t)all[i] < 4ul * GiB);
    // The zone begins at a multiple of 4 MiB, and does not grow for so few pages; its first one is nobody's.
    CHECK((uintptr_t)all[i] % (4 * MiB) != 0);
    for (size_t j = 0; j < i; j++) CHECK(all[i] != all[j]);
    fill(all[i], PAGE_SIZE, i);
  }
  for (size_t i = 0; i < THREADS * BLOCKS; i++) {
    CHECK(holds(all[i], PAGE_SIZE, i));
    free_pages((unsigned long)all[i], 0);
  }
}

int main(void) {
  // The interface is there already, its low zones are not; each child makes them anew.
  kfree(kmalloc(100, GFP_KERNEL_ACCOUNT));
  for (int round = 0; round < 400; round++) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      alarm(60);
      delay = round % 100 * 1000;
      race();
      _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
}
