// A program that changes its ways: it fills memory with small blocks, frees all but a tenth at random, and goes on
// with blocks of other sizes; and so on. What is left of earlier phases lies scattered over the memory, as in a
// server after a peak of load. At the end the program waits, so that what stays resident can be seen.
#include "workloads.h"

typedef struct {
  size_t least;
  size_t most;
} Range;

static const Range ranges[] = {{16, 128}, {200, 1000}, {48, 48}, {1000, 9000}, {100, 400}, {24, 24}};

static uint64_t run(const uint64_t *values) {
  size_t phases = values[0];
  size_t goal = values[1] << 20;
  Random random = random_seeded(0);
  uint64_t result = 0;
  size_t kept_bytes = 0;
  size_t kept_count = 0;
  size_t room = goal / 16;
  void **blocks = array_make(room, sizeof(void *));
  for (size_t phase = 0; phase < phases; phase += 1) {
    Range range = ranges[phase % (sizeof ranges / sizeof ranges[0])];
    size_t count = kept_count;
    for (size_t bytes = kept_bytes; bytes < goal && count < room; count += 1) {
      size_t size = random_between(&random, range.least, range.most);
      blocks[count] = block_make(size);
      bytes += size;
    }
    random_shuffle(&random, blocks, count);
    kept_count = count / 10;
    kept_bytes = 0;
    for (size_t index = 0; index < kept_count; index += 1) kept_bytes += block_check(blocks[index]);
    for (size_t index = kept_count; index < count; index += 1) result += block_drop(blocks[index]);
  }
  workload_settle(values[2]);
  for (size_t index = 0; index < kept_count; index += 1) result += block_drop(blocks[index]);
  free(blocks);
  return result;
}

const Workload phases = {
  .name = "phases",
  .summary = "small blocks, nine tenths freed at random, then other sizes",
  .parameters = {{"phases", 6, 1, "how often the sizes change"},
                 {"goal", 64, 1, "MiB of live blocks at the end of each phase"},
                 {"settle", 1500, 0, "milliseconds to wait at the end"}},
  .run = run,
};
