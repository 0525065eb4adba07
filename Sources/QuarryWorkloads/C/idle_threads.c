// A thousand threads that mostly wait, as in servers with a thread for each connection: each wakes up a few times,
// one after the other, allocates and frees up to a MiB in blocks of twenty sizes, keeps a little, and waits again.
// What counts is the memory that idle threads hold back.
#include "workloads.h"

#include <errno.h>
#include <semaphore.h>

enum { sizes = 20 };

static const size_t block_sizes[sizes] = {16,  24,  32,  48,   64,   96,   128,  192,  256,   384,
                                          512, 640, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384};

typedef struct {
  size_t threads;
  size_t turns;
  size_t bytes;  // that a thread allocates in its largest turn
  uint64_t settle;
  sem_t *wake;     // one for each thread
  sem_t done;      // its turn is over
  uint64_t freed;  // guarded by the turns: one thread runs at a time
} Idle;

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) == -1 && errno == EINTR) continue;
}

/// Allocates `bytes` in blocks of all sizes and frees them again, oldest first.
static uint64_t burst(Random *random, size_t bytes) {
  size_t size = (bytes / block_sizes[0] + 1) * sizeof(void *);
  void **blocks = block_allocated(malloc(size), size);
  size_t count = 0;
  for (size_t used = 0; used < bytes; count += 1) {
    size = block_sizes[random_below(random, sizes)];
    blocks[count] = block_make(size);
    used += size;
  }
  uint64_t freed = 0;
  for (size_t block = 0; block < count; block += 1) freed += block_drop(blocks[block]);
  free(blocks);
  return freed;
}

static void work(size_t index, Idle *idle) {
  Random random = random_seeded(index);
  void *kept[sizes] = {NULL};
  for (size_t turn = 0; turn < idle->turns; turn += 1) {
    wait_for(&idle->wake[index]);
    idle->freed += burst(&random, random_between(&random, idle->bytes / 16, idle->bytes));
    for (size_t block = 0; block < sizes; block += 1) {
      if (kept[block] != NULL) idle->freed += block_drop(kept[block]);
      kept[block] = block_make(block_sizes[block]);
    }
    sem_post(&idle->done);
  }
  wait_for(&idle->wake[index]);
  for (size_t block = 0; block < sizes; block += 1) idle->freed += block_drop(kept[block]);
  sem_post(&idle->done);
}

/// Gives each thread its turns, lets the memory of the idle process settle, and gives each its last turn.
static void direct(Idle *idle) {
  for (size_t turn = 0; turn <= idle->turns; turn += 1) {
    if (turn == idle->turns) workload_settle(idle->settle);
    for (size_t index = 0; index < idle->threads; index += 1) {
      sem_post(&idle->wake[index]);
      wait_for(&idle->done);
    }
  }
}

static void work_or_direct(size_t index, void *context) {
  Idle *idle = context;
  if (index < idle->threads) work(index, idle);
  else direct(idle);
}

static uint64_t run(const uint64_t *values) {
  Idle idle = {.threads = values[0], .turns = values[1], .bytes = values[2] << 10, .settle = values[3]};
  idle.wake = array_make(idle.threads, sizeof(sem_t));
  sem_init(&idle.done, 0, 0);
  for (size_t index = 0; index < idle.threads; index += 1) sem_init(&idle.wake[index], 0, 0);
  threads_run(idle.threads + 1, work_or_direct, &idle);
  free(idle.wake);
  return idle.freed;
}

const Workload idle_threads = {
  .name = "idle-threads",
  .summary = "a thousand threads that wake up in turn, allocate, free and wait",
  .parameters = {{"threads", 1000, 1, "threads"},
                 {"turns", 3, 1, "how often each wakes up"},
                 {"bytes", 1024, 16, "KiB that a thread allocates at most in a turn"},
                 {"settle", 1500, 0, "milliseconds to wait at the end"}},
  .run = run,
};
