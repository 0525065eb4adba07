// expect: exit 0
// stderr: quarry: mempool_create(4): a pool needs functions that allocate and free
// stderr: quarry: mempool_create(4): a pool needs functions that allocate and free
// stderr: quarry: mempool_create(-3): a reserve has 1 element or more
// stderr: quarry: mempool_alloc: __GFP_ZERO: an element of the reserve is as it was freed; clear it yourself
// links: quarry

// A pool keeps its reserve full: it hands it out when its allocator fails, and fills it again before anything else.

#include <quarry/kernel.h>

#include "check.h"

static bool fails;
static int live;

static void *allocate(gfp_t flags, void *data) {
  CHECK(data == &live && (flags & __GFP_NOFAIL) == 0);
  if (fails) return NULL;
  live++;
  return malloc(32);
}

static void release(void *element, void *data) {
  CHECK(data == &live);
  live--;
  free(element);
}

int main(void) {
  CHECK(mempool_create(4, NULL, release, &live) == NULL && mempool_create(4, allocate, NULL, &live) == NULL);
  CHECK(mempool_create(-3, allocate, release, &live) == NULL);
  mempool_t *pool = mempool_create(4, allocate, release, &live);
  CHECK(pool != NULL && live == 4);

  // As long as the allocator has memory the reserve stays.
  void *elements[16];
  for (int index = 0; index < 10; index++) CHECK((elements[index] = mempool_alloc(pool, GFP_KERNEL)) != NULL);
  CHECK(live == 14);
  for (int index = 0; index < 10; index++) mempool_free(elements[index], pool);
  CHECK(live == 4);

  // Then there are four, and no more for who cannot wait.
  fails = true;
  for (int index = 0; index < 4; index++) CHECK((elements[index] = mempool_alloc(pool, GFP_KERNEL)) != NULL);
  CHECK(mempool_alloc(pool, GFP_NOWAIT) == NULL && mempool_alloc(pool, GFP_ATOMIC) == NULL);
  CHECK(mempool_alloc_preallocated(pool) == NULL);
  mempool_free(elements[0], pool);
  CHECK(live == 4);
  CHECK(mempool_alloc(pool, GFP_NOWAIT) == elements[0]);
  for (int index = 0; index < 4; index++) mempool_free(elements[index], pool);
  CHECK((elements[0] = mempool_alloc_preallocated(pool)) != NULL);
  mempool_free(elements[0], pool);
  mempool_free(NULL, pool);
  CHECK(mempool_alloc(pool, GFP_KERNEL | __GFP_ZERO) == NULL);

  // Growing needs memory; shrinking gives it back.
  CHECK(mempool_resize(pool, 0) == -EINVAL && mempool_resize(pool, 6) == -ENOMEM && live == 4);
  fails = false;
  CHECK(mempool_resize(pool, 9) == 0 && live == 9);
  CHECK(mempool_resize(pool, 2) == 0 && live == 2);
  CHECK(mempool_resize(pool, 12) == 0 && live == 12);
  fails = true;
  for (int index = 0; index < 12; index++) CHECK((elements[index] = mempool_alloc(pool, GFP_NOWAIT)) != NULL);
  CHECK(mempool_alloc(pool, GFP_NOWAIT) == NULL);
  for (int index = 0; index < 12; index++) mempool_free(elements[index], pool);
  mempool_destroy(pool);
  CHECK(live == 0);
  CHECK(mempool_create(3, allocate, release, &live) == NULL && live == 0);
  mempool_destroy(NULL);
}
