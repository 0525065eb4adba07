// expect: exit 0
// standard: yes

// The same walk by four threads that exchange blocks: each is mostly freed or resized by another thread than the
// one that allocated it.

#include <stdatomic.h>
#include "check.h"

enum { THREADS = 4, SLOTS = 4000, STEPS = 400000 };

// A block starts with its own size and seed, if it has room for them, so that whoever takes it can check it.
typedef struct { size_t size, seed; unsigned char rest[]; } Block;
static _Atomic(Block *) slots[SLOTS];

static Block *written(Block *block, size_t size, size_t seed) {
  CHECK(block != NULL);
  *block = (Block){size, seed};
  fill(block->rest, size - sizeof *block, seed);
  return block;
}

static size_t some_size(Random *random) { return sizeof(Block) + random_size(random, random_below(random, 50) ? 12 : 19); }

static void *walk(void *argument) {
  Random random = {(uintptr_t)argument};
  for (size_t step = 0; step < STEPS; step++) {
    _Atomic(Block *) *slot = &slots[random_below(&random, SLOTS)];
    size_t size = some_size(&random);
    Block *block = NULL;
    if (random_below(&random, 2)) {
      block = random_below(&random, 8) ? malloc(size) : memalign((size_t)16 << random_below(&random, 9), size);
      block = written(block, size, step);
    }
    block = atomic_exchange(slot, block);
    if (block == NULL) continue;
    size_t old = block->size - sizeof *block, seed = block->seed;
    CHECK(holds(block->rest, old, seed));
    if (random_below(&random, 4) == 0) {
      block = realloc(block, size);
      CHECK(block != NULL);
      size_t new = size - sizeof *block;
      CHECK(holds_part(block->rest, new < old ? new : old, old, seed));
    }
    free(block);
  }
  return NULL;
}

int main(void) {
  uses_quarry();
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++) threads[i] = start(walk, (void *)(i + 1));
  for (int i = 0; i < THREADS; i++) join(threads[i]);
  for (int i = 0; i < SLOTS; i++) free(slots[i]);
}
