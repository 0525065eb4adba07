// How long a single malloc and a single free take: mixed sizes at random places of a table, each call timed by itself,
// and the clock's own cost subtracted. What counts is the tail, which means over many calls hide.
#include "workloads.h"

#include "histogram.h"
#include "ticks.h"

#include <pthread.h>

typedef struct {
  size_t slots;
  size_t operations;
  size_t least;
  size_t most;
  uint64_t clock_cost;  // ticks
  pthread_mutex_t lock;
  // All below guarded by `lock`.
  Histogram allocations;
  Histogram frees;
  uint64_t result;
} Latency;

static uint64_t ticks_since(const Latency *latency, uint64_t start) {
  uint64_t passed = ticks_now() - start;
  return passed > latency->clock_cost ? passed - latency->clock_cost : 0;
}

static void work(size_t index, void *context) {
  Latency *latency = context;
  Random random = random_seeded(index);
  void **slots = array_make(latency->slots, sizeof(void *));
  Histogram *allocations = array_make(1, sizeof(Histogram));
  Histogram *frees = array_make(1, sizeof(Histogram));
  uint64_t freed = 0;
  for (size_t done = 0; done < latency->operations; done += 1) {
    size_t slot = random_below(&random, latency->slots);
    if (slots[slot] != NULL) {
      freed += block_check(slots[slot]);
      uint64_t start = ticks_now();
      free(slots[slot]);
      histogram_add(frees, ticks_since(latency, start));
      slots[slot] = NULL;
    } else {
      size_t size = random_power_size(&random, latency->least, latency->most);
      uint64_t start = ticks_now();
      slots[slot] = malloc(size);
      histogram_add(allocations, ticks_since(latency, start));
      block_mark(block_allocated(slots[slot], size), size);
    }
  }
  for (size_t slot = 0; slot < latency->slots; slot += 1) {
    if (slots[slot] != NULL) freed += block_drop(slots[slot]);
  }
  pthread_mutex_lock(&latency->lock);
  histogram_merge(&latency->allocations, allocations);
  histogram_merge(&latency->frees, frees);
  latency->result += mix(freed);
  pthread_mutex_unlock(&latency->lock);
  free(slots);
  free(allocations);
  free(frees);
}

static void tell(const Histogram *histogram, const char *const names[4], double nanoseconds) {
  workload_reading(names[0], (double)histogram_quantile(histogram, 0.5) * nanoseconds, "ns");
  workload_reading(names[1], (double)histogram_quantile(histogram, 0.99) * nanoseconds, "ns");
  workload_reading(names[2], (double)histogram_quantile(histogram, 0.9999) * nanoseconds, "ns");
  workload_reading(names[3], (double)histogram->most * nanoseconds, "ns");
}

static uint64_t run(const uint64_t *values) {
  static Latency latency = {.lock = PTHREAD_MUTEX_INITIALIZER};
  latency.slots = values[1];
  latency.operations = values[2];
  latency.least = values[3];
  latency.most = values[4];
  if (latency.least > latency.most) workload_fail("least is larger than most");
  latency.clock_cost = ticks_own_cost();
  double start = seconds_now();
  uint64_t first = ticks_now();
  threads_run(values[0], work, &latency);
  double nanoseconds = (seconds_now() - start) * 1e9 / (double)(ticks_now() - first);
  tell(&latency.allocations, (const char *[]){"malloc-p50", "malloc-p99", "malloc-p99.99", "malloc-max"}, nanoseconds);
  tell(&latency.frees, (const char *[]){"free-p50", "free-p99", "free-p99.99", "free-max"}, nanoseconds);
  return latency.result;
}

const Workload latency = {
    .name = "latency",
    .summary = "each malloc and each free of mixed sizes timed by itself",
    .parameters = {{"threads", 2, 1, "threads, each with a table of its own"},
                   {"slots", 16384, 1, "places of a table"},
                   {"operations", 5000000, 1, "allocations and frees of each thread"},
                   {"least", 16, 8, "bytes of the smallest block"},
                   {"most", 32768, 8, "bytes of the largest block"}},
    .run = run,
};
