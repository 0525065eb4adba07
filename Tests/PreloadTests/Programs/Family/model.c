// expect: exit 0
// standard: yes
// args: 1 8 200000
// args: 2 16 100000
// args: 3 22 8000

// A random walk of all calls against a model: every block keeps its own contents until it is freed, so no two
// overlap. Arguments: seed, bits of the largest size, steps.

#include "check.h"

enum { SLOTS = 2000 };

typedef struct { unsigned char *start; size_t size, seed; } Block;
static Block blocks[SLOTS];

static void allocate(Block *block, Random *random, unsigned bits, size_t step) {
  size_t size = random_size(random, bits), alignment = (size_t)1 << random_below(random, 14);
  switch (random_below(random, 8)) {
    case 0:
      block->start = calloc(1, size);
      CHECK(block->start != NULL && all_bytes(block->start, size, 0));
      break;
    case 1:
      block->start = memalign(alignment, size);
      CHECK(is_aligned(block->start, alignment));
      break;
    default: block->start = malloc(size);
  }
  CHECK(block->start != NULL && is_aligned(block->start, size <= 8 ? 8 : 16));
  *block = (Block){block->start, size, step};
  fill(block->start, size, step);
}

static void resize(Block *block, Random *random, unsigned bits, size_t step) {
  size_t size = random_size(random, bits) + 1, common = size < block->size ? size : block->size;
  block->start = realloc(block->start, size);
  CHECK(block->start != NULL && holds_part(block->start, common, block->size, block->seed));
  *block = (Block){block->start, size, step};
  fill(block->start, size, step);
}

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 4);
  Random random = {strtoul(arguments[1], NULL, 10)};
  unsigned bits = (unsigned)atoi(arguments[2]);
  size_t steps = strtoul(arguments[3], NULL, 10);
  for (size_t step = 0; step < steps; step++) {
    Block *block = &blocks[random_below(&random, (size_t)SLOTS >> bits / 8)];
    if (block->start == NULL) {
      allocate(block, &random, bits, step);
    } else if (random_below(&random, 4) == 0) {
      resize(block, &random, bits, step);
    } else {
      CHECK(holds(block->start, block->size, block->seed));
      free(block->start);
      block->start = NULL;
    }
  }
  for (int i = 0; i < SLOTS; i++) {
    if (blocks[i].start == NULL) continue;
    CHECK(holds(blocks[i].start, blocks[i].size, blocks[i].seed));
    free(blocks[i].start);
  }
}
