// A thousand threads that mostly wait, as in servers with a thread for each connection: each wakes up a few
// times, one after the other, allocates and frees up to a MiB in blocks of twenty sizes, keeps a little, and
// waits again. What counts is the memory that idle threads hold back.
#include "workloads.h"

#include <errno.h>
#include <semaphore.h>
#include <stdbool.h>

enum { sizes = 20 };

static const size_t block_sizes[sizes] = {16,  24,  32,  48,   64,   96,   128,  192,  256,  384,
                                          512, 640, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384};

typedef struct {
  size_t threads;
  size_t turns;
  size_t least;  // bytes that a thread allocates in its smallest turn
  size_t most;   // and in its largest
  bool keeps;    // whether threads keep blocks from one turn to the next
  uint64_t settle;
  sem_t *wake;  // one for each thread
  sem_t done;   // its turn is over
  // Guarded by the turns: one thread runs at a time.
  void *(*kept)[sizes];  // blocks that each thread keeps
  uint64_t freed;        // bytes
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
  void **kept = idle->kept[index];
  sem_post(&idle->done);
  for (size_t turn = 0; turn < idle->turns; turn += 1) {
    wait_for(&idle->wake[index]);
    idle->freed += burst(&random, random_between(&random, idle->least, idle->most));
    for (size_t block = 0; idle->keeps && block < sizes; block += 1) {
      if (kept[block] != NULL) idle->freed += block_drop(kept[block]);
      kept[block] = block_make(block_sizes[block]);
    }
    sem_post(&idle->done);
  }
  // The process ends while all threads wait here.
  wait_for(&idle->wake[index]);
}

/// Gives each thread its turns, checks what they keep, and ends the process.
static void direct(Idle *idle) {
  // When all threads wait, what is resident is their stacks.
  for (size_t index = 0; index < idle->threads; index += 1) wait_for(&idle->done);
  size_t stacks = resident_bytes();
  for (size_t turn = 0; turn < idle->turns; turn += 1) {
    for (size_t index = 0; index < idle->threads; index += 1) {
      sem_post(&idle->wake[index]);
      wait_for(&idle->done);
    }
  }
  for (size_t index = 0; index < idle->threads; index += 1) {
    for (size_t block = 0; idle->keeps && block < sizes; block += 1) {
      idle->freed += block_check(idle->kept[index][block]);
    }
  }
  workload_reading("beyond-stacks", ((double)resident_bytes() - (double)stacks) / (1 << 20), "MiB");
  workload_settle(idle->settle, idle->freed);
}

static void work_or_direct(size_t index, void *context) {
  Idle *idle = context;
  if (index < idle->threads) work(index, idle);
  else direct(idle);
}

static uint64_t run(const uint64_t *values) {
  Idle idle = {.threads = values[0],
               .turns = values[1],
               .least = values[2] << 10,
               .most = values[3] << 10,
               .keeps = values[4] != 0,
               .settle = values[5]};
  if (idle.least > idle.most) workload_fail("least is larger than most");
  idle.wake = array_make(idle.threads, sizeof(sem_t));
  idle.kept = array_make(idle.threads, sizeof *idle.kept);
  sem_init(&idle.done, 0, 0);
  for (size_t index = 0; index < idle.threads; index += 1) sem_init(&idle.wake[index], 0, 0);
  threads_run(idle.threads + 1, work_or_direct, &idle);
  workload_fail("the process outlived its director");
}

const Workload idle_threads = {
    .name = "idle-threads",
    .summary = "a thousand threads that wake up in turn, allocate, free and wait",
    .parameters = {{"threads", 1000, 1, "threads"},
                   {"turns", 3, 1, "how often each wakes up"},
                   {"least", 64, 1, "KiB that a thread allocates at least in a turn"},
                   {"most", 1024, 1, "KiB that a thread allocates at most in a turn"},
                   {"keep", 1, 0, "1: a thread keeps a block of each size; 0: it keeps nothing"},
                   {"settle", 1500, 0, "milliseconds to wait at the end"}},
    .run = run,
};
