// A hot loop that fills memory and frees all of it, again and again. An allocator that gives the pages back each time
// pays for each of them anew; one that notices stops after a few rounds.
#include "workloads.h"

#include <sys/resource.h>

static long faults_so_far(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

static uint64_t run(const uint64_t *values) {
  size_t rounds = values[0];
  size_t size = values[2];
  size_t count = (values[1] << 20) / size;
  if (count == 0) workload_fail("size is larger than goal");
  void **blocks = array_make(count, sizeof(void *));
  uint64_t freed = 0;
  long before = 0;
  for (size_t round = 0; round < rounds; round += 1) {
    if (round == rounds / 2) before = faults_so_far();
    for (size_t index = 0; index < count; index += 1) blocks[index] = block_make(size);
    for (size_t index = 0; index < count; index += 1) freed += block_drop(blocks[index]);
  }
  long faults = faults_so_far() - before;
  workload_reading("late-faults", (double)faults / (double)(rounds - rounds / 2), "a round");
  free(blocks);
  return freed;
}

const Workload refill = {
    .name = "refill",
    .summary = "fills memory and frees all of it, again and again",
    .parameters = {{"rounds", 200, 1, "rounds"},
                   {"goal", 32, 1, "MiB of live blocks in each round"},
                   {"size", 1024, 8, "bytes of a block"}},
    .run = run,
};
