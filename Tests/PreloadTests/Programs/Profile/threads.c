// expect: exit 0
// options: sample=100
// flags: -Wno-unknown-pragmas

// Threads that allocate, resize and free each other's blocks, many of them samples, corrupt nothing; and each live sample
// has a stack.

#include <stdatomic.h>
#include "profile.h"

enum { THREADS = 4, BLOCKS = 1024, STEPS = 200000 };

static _Atomic(uint64_t *) blocks[BLOCKS];

// The first two words of a block are its size and the sum of both is known.
static void give(uint64_t *block) {
  if (block == NULL) return;
  CHECK(block[1] == ~block[0]);
  struct quarry_sample_frame *sample = sample_of(block);
  if (sample != NULL && sample->stack != 0) CHECK(stack_at(sample->stack)->depth <= QUARRY_STACK_FRAMES);
  free(block);
}

static void *body(void *argument) {
  Random random = {(uintptr_t)argument};
  for (int step = 0; step < STEPS; step++) {
    size_t size = 16 + random_size(&random, random_below(&random, 100) == 0 ? 20 : 11);
    uint64_t *block = malloc(size);
    CHECK(block != NULL && malloc_usable_size(block) >= size);
    if (random_below(&random, 8) == 0) CHECK((block = realloc(block, size = size / 2 + 100)) != NULL);
    block[0] = size;
    block[1] = ~size;
    give(atomic_exchange(&blocks[random_below(&random, BLOCKS)], block));
  }
  return NULL;
}

int main(void) {
  uses_quarry();
  records();
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++) threads[i] = start(body, (void *)(i + 1));
  for (int i = 0; i < THREADS; i++) join(threads[i]);
  for (int i = 0; i < BLOCKS; i++) give(blocks[i]);
  return 0;
}
