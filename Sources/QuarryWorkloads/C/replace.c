// Blocks of random sizes at random places of a table, after the description of alloc-test: a place that holds a
// block is freed, an empty one is filled; smaller sizes are more likely than larger ones.
#include "workloads.h"

#include <stdatomic.h>

typedef struct {
  size_t slots;
  size_t operations;
  size_t least;
  size_t most;
  _Atomic(uint64_t) result;
} Replace;

static void work(size_t index, void *context) {
  Replace *replace = context;
  Random random = random_seeded(index);
  void **slots = array_make(replace->slots, sizeof(void *));
  uint64_t freed = 0;
  for (size_t done = 0; done < replace->operations; done += 1) {
    size_t slot = random_below(&random, replace->slots);
    if (slots[slot] != NULL) {
      freed += block_drop(slots[slot]);
      slots[slot] = NULL;
    } else {
      slots[slot] = block_make(random_size(&random, replace->least, replace->most));
    }
  }
  for (size_t slot = 0; slot < replace->slots; slot += 1) {
    if (slots[slot] != NULL) freed += block_drop(slots[slot]);
  }
  free(slots);
  atomic_fetch_add_explicit(&replace->result, mix(freed), memory_order_relaxed);
}

static uint64_t run(const uint64_t *values) {
  Replace replace = {.slots = values[1], .operations = values[2], .least = values[3], .most = values[4]};
  if (replace.least > replace.most) workload_fail("least is larger than most");
  threads_run(values[0], work, &replace);
  return atomic_load(&replace.result);
}

const Workload replace = {
  .name = "replace",
  .summary = "random sizes at random places of a table",
  .parameters = {{"threads", 1, 1, "threads, each with a table of its own"},
                 {"slots", 16384, 1, "places of a table"},
                 {"operations", 12000000, 1, "allocations and frees of each thread"},
                 {"least", 8, 8, "bytes of the smallest block"},
                 {"most", 511, 8, "bytes of the largest block"}},
  .run = run,
};
