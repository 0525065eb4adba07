// Blocks from `calloc` and aligned ones: tables of different sizes that must be zero, are written and freed again,
// among blocks on cache-line and page borders. Memory that was used before has to be cleared.
#include "workloads.h"

enum { alignments = 4 };

static void check_zero(const unsigned char *block, size_t size) {
  uint64_t found = 0;
  size_t offset = 0;
  for (; offset + sizeof(uint64_t) <= size; offset += sizeof(uint64_t)) {
    uint64_t word;
    __builtin_memcpy(&word, block + offset, sizeof word);
    found |= word;
  }
  for (; offset < size; offset += 1) found |= block[offset];
  if (found != 0) workload_fail("a block of %zu bytes from calloc is not zero", size);
}

static uint64_t run(const uint64_t *values) {
  static const size_t borders[alignments] = {32, 64, 128, 4096};
  Random random = random_seeded(0);
  void **blocks = array_make(values[0], sizeof(void *));
  uint64_t freed = 0;
  for (size_t done = 0; done < values[1]; done += 1) {
    size_t slot = random_below(&random, values[0]);
    if (blocks[slot] != NULL) freed += block_drop(blocks[slot]);
    size_t size = random_power_size(&random, 64, values[2]);
    if (random_below(&random, 4) != 0) {
      blocks[slot] = block_allocated(calloc(size / 8 + 1, 8), size);
      check_zero(blocks[slot], size / 8 * 8 + 8);
      size_t written = size < 1024 ? size : 1024;
      for (size_t offset = 0; offset < written; offset += 1) ((unsigned char *)blocks[slot])[offset] = 0xA5;
    } else {
      size_t border = borders[random_below(&random, alignments)];
      void *block = NULL;
      if (posix_memalign(&block, border, size) != 0) workload_fail("no memory for %zu bytes", size);
      if ((uintptr_t)block % border != 0) workload_fail("%p is not aligned to %zu bytes", block, border);
      blocks[slot] = block;
    }
    block_mark(blocks[slot], size);
  }
  for (size_t slot = 0; slot < values[0]; slot += 1) {
    if (blocks[slot] != NULL) freed += block_drop(blocks[slot]);
  }
  free(blocks);
  return freed;
}

const Workload zeroed = {
  .name = "zeroed",
  .summary = "calloc and posix_memalign of many sizes",
  .parameters = {{"slots", 2000, 1, "live blocks"},
                 {"blocks", 3000000, 1, "blocks in all"},
                 {"most", 1048576, 64, "bytes of the largest block"}},
  .run = run,
};
