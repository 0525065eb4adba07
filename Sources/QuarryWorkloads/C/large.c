// Large blocks in turn: a few places, one of them replaced at a time. Either a byte in each page is written, or all
// of the block.
#include "workloads.h"

#include <string.h>

static uint64_t run(const uint64_t *values) {
  size_t places = values[0];
  size_t least = values[2] << 10;
  size_t most = values[3] << 10;
  if (least > most) workload_fail("least is larger than most");
  Random random = random_seeded(0);
  void **blocks = array_make(places, sizeof(void *));
  uint64_t result = 0;
  for (size_t done = 0; done < values[1]; done += 1) {
    size_t place = random_below(&random, places);
    if (blocks[place] != NULL) result = mix(result ^ block_drop(blocks[place]));
    size_t size = random_between(&random, least >> 10, most >> 10) << 10;
    blocks[place] = block_allocated(malloc(size), size);
    if (values[4] != 0) memset(blocks[place], (int)done, size);
    block_mark(blocks[place], size);
  }
  for (size_t place = 0; place < places; place += 1) {
    if (blocks[place] != NULL) result = mix(result ^ block_drop(blocks[place]));
  }
  free(blocks);
  return result;
}

const Workload large = {
  .name = "large",
  .summary = "large blocks, one replaced at a time",
  .parameters = {{"places", 8, 1, "live blocks"},
                 {"blocks", 400, 1, "blocks in all"},
                 {"least", 1024, 1, "KiB of the smallest block"},
                 {"most", 32768, 1, "KiB of the largest block"},
                 {"fill", 0, 0, "1: write all of each block; 0: a byte in each page"}},
  .run = run,
};
