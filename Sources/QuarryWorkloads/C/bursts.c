// Bursts of blocks of one size, after the description of glibc's own benchmark: allocate a number of blocks, then
// free all of them, first to last, last to first, or in random order.
#include "workloads.h"

#include <stdatomic.h>

typedef struct {
  size_t rounds;
  size_t size;  // 0 stands for many
  _Atomic(uint64_t) freed;
} Bursts;

static const size_t lengths[] = {25, 100, 400, 1600};

enum { most_blocks = 1600, orders = 3, largest = 512 };

static void work(size_t index, void *context) {
  Bursts *bursts = context;
  Random random = random_seeded(index);
  void **blocks = array_make(most_blocks, sizeof(void *));
  uint64_t freed = 0;
  for (size_t round = 0; round < bursts->rounds; round += 1) {
    size_t size = bursts->size ? bursts->size : random_between(&random, 8, largest);
    for (size_t burst = 0; burst < orders * sizeof lengths / sizeof lengths[0]; burst += 1) {
      size_t length = lengths[burst / orders];
      for (size_t block = 0; block < length; block += 1) blocks[block] = block_make(size);
      if (burst % orders == 0) {
        for (size_t block = 0; block < length; block += 1) freed += block_drop(blocks[block]);
        continue;
      }
      if (burst % orders == 1) random_shuffle(&random, blocks, length);
      for (size_t block = length; block > 0; block -= 1) freed += block_drop(blocks[block - 1]);
    }
  }
  free(blocks);
  atomic_fetch_add_explicit(&bursts->freed, freed, memory_order_relaxed);
}

static uint64_t run(const uint64_t *values) {
  Bursts bursts = {.rounds = values[1], .size = values[2]};
  if (bursts.size != 0 && bursts.size < least_block) workload_fail("size is below %d", least_block);
  threads_run(values[0], work, &bursts);
  return atomic_load(&bursts.freed);
}

const Workload bursts = {
  .name = "bursts",
  .summary = "many blocks of one size at once, freed in three orders",
  .parameters = {{"threads", 1, 1, "threads that run at once"},
                 {"rounds", 3000, 1, "rounds of twelve bursts with 6375 blocks"},
                 {"size", 0, 0, "bytes of a block; 0: another size in each round"}},
  .run = run,
};
