// Many threads that live shortly, after the description of the leak tests with threads: each allocates a little,
// frees it, and ends; some blocks are freed by the main thread after their thread is gone.
#include "workloads.h"

typedef struct {
  size_t blocks;
  size_t round;
  void **left;  // one block for each thread
} ShortThreads;

static void work(size_t index, void *context) {
  ShortThreads *state = context;
  Random random = random_seeded(state->round << 16 | index);
  void *blocks[64];
  for (size_t block = 0; block < state->blocks; block += 1) blocks[block] = block_make(random_size(&random, 16, 4000));
  for (size_t block = 1; block < state->blocks; block += 1) block_drop(blocks[block]);
  state->left[index] = blocks[0];
}

static uint64_t run(const uint64_t *values) {
  ShortThreads state = {.blocks = values[2]};
  if (state.blocks > 64) workload_fail("at most 64 blocks are possible");
  state.left = array_make(values[0], sizeof(void *));
  uint64_t freed = 0;
  for (state.round = 0; state.round < values[1]; state.round += 1) {
    threads_run(values[0], work, &state);
    for (size_t index = 0; index < values[0]; index += 1) freed += block_drop(state.left[index]);
  }
  free(state.left);
  return freed;
}

const Workload short_threads = {
  .name = "short-threads",
  .summary = "threads that allocate a little and end",
  .parameters = {{"threads", 10, 1, "threads at once"},
                 {"rounds", 1500, 1, "how often to start them"},
                 {"blocks", 32, 1, "blocks of each thread"}},
  .run = run,
};
