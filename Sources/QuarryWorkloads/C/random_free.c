// Many live blocks of mixed sizes, freed in random order, half of them replaced by others in between: hardly any
// free finds in the cache what the allocator wants to know.
#include "workloads.h"

static uint64_t run(const uint64_t *values) {
  size_t count = values[0];
  if (values[1] > values[2]) workload_fail("least is larger than most");
  Random random = random_seeded(0);
  void **blocks = array_make(count, sizeof(void *));
  uint64_t freed = 0;
  for (size_t index = 0; index < count; index += 1) {
    blocks[index] = block_make(random_power_size(&random, values[1], values[2]));
  }
  random_shuffle(&random, blocks, count);
  for (size_t index = 0; index < count; index += 2) freed += block_drop(blocks[index]);
  for (size_t index = 0; index < count; index += 2) {
    blocks[index] = block_make(random_power_size(&random, values[1], values[2]));
  }
  random_shuffle(&random, blocks, count);
  for (size_t index = 0; index < count; index += 1) freed += block_drop(blocks[index]);
  free(blocks);
  return freed;
}

const Workload random_free = {
  .name = "random-free",
  .summary = "millions of live blocks of mixed sizes, freed in random order",
  .parameters = {{"blocks", 2000000, 1, "live blocks"},
                 {"least", 16, 8, "bytes of the smallest block"},
                 {"most", 1024, 8, "bytes of the largest block"}},
  .run = run,
};
