// What a peak of small blocks takes beyond their sizes, and what stays resident when few of them are left: at the last
// free, two seconds later, and after the allocator was asked to give back what it can. With several threads the process
// calls nothing in between; with one it goes on calling now and then, as servers of either kind do. Pages that hold a
// live block count as used; the rest that came on top since the start is what the allocator keeps for itself.
#define _GNU_SOURCE  // dladdr, MAP_ANONYMOUS
#include "workloads.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>

/// Of a block, in bytes; the average is 176.
enum { least_size = 32, most_size = 2048, below_average_size = 128 };

typedef struct {
  size_t threads;
  size_t goal;    // bytes, all threads together
  size_t random;  // percent of the blocks that stay, chosen at random; 0: every hundredth stays
  uint64_t settle;
  size_t room;     // blocks of each thread at most
  void ***blocks;  // of each thread; after its frees, NULL in the place of a freed one
  uint64_t *freed;  // bytes, by thread
  pthread_barrier_t turn;
  uint64_t *pages;  // a hash table of the numbers of the pages that hold live blocks, open addressing
  size_t entries;   // of the table
} Idle;

/// Zeroed memory of our own, resident from the start, so that it is not taken for the allocator's.
static void *own_memory(size_t size) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) workload_fail("no memory for a table of %zu bytes", size);
  return memory;
}

static void fill(Idle *idle, size_t index, Random *random) {
  size_t bytes = 0;
  for (size_t block = 0; block < idle->room && bytes < idle->goal / idle->threads; block += 1) {
    size_t size = random_power_size(random, least_size, most_size);
    idle->blocks[index][block] = block_make(size);
    bytes += size;
  }
}

static void thin_out(Idle *idle, size_t index, Random *random) {
  void **blocks = idle->blocks[index];
  for (size_t block = 0; block < idle->room && blocks[block] != NULL; block += 1) {
    bool stays = idle->random != 0 ? random_below(random, 100) < idle->random : block % 100 == 0;
    if (stays) continue;
    idle->freed[index] += block_drop(blocks[block]);
    blocks[block] = NULL;
  }
}

/// The pages that hold a part of a live block, in bytes.
static size_t live_pages(const Idle *idle) {
  size_t pages = 0;
  for (size_t index = 0; index < idle->threads; index += 1) {
    for (size_t block = 0; block < idle->room; block += 1) {
      const char *start = idle->blocks[index][block];
      if (start == NULL) continue;
      uint64_t last = (uint64_t)(uintptr_t)(start + block_check(start) - 1) / touched_page;
      for (uint64_t page = (uint64_t)(uintptr_t)start / touched_page; page <= last; page += 1) {
        size_t place = mix(page) % idle->entries;
        while (idle->pages[place] != 0 && idle->pages[place] != page) place = (place + 1) % idle->entries;
        pages += idle->pages[place] == 0;
        idle->pages[place] = page;
      }
    }
  }
  return pages * touched_page;
}

/// Asks the allocator to give back what it can, each in its own way.
static void purge(void) {
  void (*collect)(bool) = (void (*)(bool))dlsym(RTLD_DEFAULT, "mi_collect");
  int (*control)(const char *, void *, size_t *, void *, size_t) =
      (int (*)(const char *, void *, size_t *, void *, size_t))dlsym(RTLD_DEFAULT, "mallctl");
  void (*release)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "MallocExtension_ReleaseFreeMemory");
  int (*trim)(size_t) = (int (*)(size_t))dlsym(RTLD_DEFAULT, "malloc_trim");
  if (collect != NULL) collect(true);
  if (control != NULL) {
    control("thread.tcache.flush", NULL, NULL, NULL, 0);
    control("arena.4096.purge", NULL, NULL, NULL, 0);  // 4096 stands for all arenas
  }
  if (release != NULL) release();
  // The C library has one in any case, which knows nothing of another allocator's memory.
  Dl_info mallocs, trims;
  if (trim != NULL && dladdr((void *)(uintptr_t)&malloc, &mallocs) != 0
      && dladdr((void *)(uintptr_t)trim, &trims) != 0 && mallocs.dli_fbase == trims.dli_fbase) {
    trim(0);
  }
}

static void pause_for(uint64_t milliseconds) {
  struct timespec time = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
  nanosleep(&time, NULL);
}

/// One call in fifty milliseconds, or none.
static void settle(const Idle *idle) {
  if (idle->threads > 1) return pause_for(idle->settle);
  for (uint64_t passed = 0; passed < idle->settle; passed += 50) {
    pause_for(50);
    block_drop(block_make(100));
  }
}

static double mebibytes(size_t resident, size_t used) { return ((double)resident - (double)used) / (1 << 20); }

/// Tells by how much what became resident exceeds what the blocks have room for.
static void tell_peak(const Idle *idle, size_t before) {
  size_t usable = 0;
  for (size_t index = 0; index < idle->threads; index += 1) {
    for (size_t block = 0; block < idle->room && idle->blocks[index][block] != NULL; block += 1) {
      usable += malloc_usable_size(idle->blocks[index][block]);
    }
  }
  workload_reading("peak-overhead", 100 * ((double)(resident_bytes() - before) / (double)usable - 1), "%");
}

/// Measures what the allocator keeps, and ends the process. `before` is what was resident before the first block.
static void finish(const Idle *idle, size_t before) {
  size_t resident = resident_bytes();
  size_t used = before + live_pages(idle);
  workload_reading("unused-at-once", mebibytes(resident, used), "MiB");
  settle(idle);
  workload_reading("unused-later", mebibytes(resident_bytes(), used), "MiB");
  purge();
  workload_reading("unused-after-purge", mebibytes(resident_bytes(), used), "MiB");
  uint64_t result = 0;
  for (size_t index = 0; index < idle->threads; index += 1) result = mix(result + idle->freed[index]);
  workload_settle(0, result);
}

static void work_or_finish(size_t index, void *context) {
  Idle *idle = context;
  Random random = random_seeded(index);
  bool finishes = index == idle->threads;
  pthread_barrier_wait(&idle->turn);
  size_t before = resident_bytes();
  pthread_barrier_wait(&idle->turn);
  if (!finishes) fill(idle, index, &random);
  pthread_barrier_wait(&idle->turn);
  if (finishes) tell_peak(idle, before);
  pthread_barrier_wait(&idle->turn);
  if (!finishes) thin_out(idle, index, &random);
  pthread_barrier_wait(&idle->turn);
  if (finishes) finish(idle, before);
  pthread_barrier_wait(&idle->turn);  // never passed: the process ends
}

static uint64_t run(const uint64_t *values) {
  Idle idle = {.threads = values[0], .goal = values[1] << 20, .random = values[2], .settle = values[3]};
  idle.room = idle.goal / idle.threads / below_average_size;
  idle.entries = idle.goal / 1024;
  idle.pages = own_memory(idle.entries * sizeof *idle.pages);
  idle.blocks = own_memory(idle.threads * sizeof *idle.blocks);
  idle.freed = own_memory(idle.threads * sizeof *idle.freed);
  for (size_t index = 0; index < idle.threads; index += 1) {
    idle.blocks[index] = own_memory(idle.room * sizeof(void *));
  }
  if (idle.threads == 1) {
    Random random = random_seeded(0);
    size_t before = resident_bytes();
    fill(&idle, 0, &random);
    tell_peak(&idle, before);
    thin_out(&idle, 0, &random);
    finish(&idle, before);
  }
  pthread_barrier_init(&idle.turn, NULL, (unsigned)idle.threads + 1);
  threads_run(idle.threads + 1, work_or_finish, &idle);
  workload_fail("the process outlived its end");
}

const Workload idle_memory = {
    .name = "idle-memory",
    .summary = "what stays resident after a peak of small blocks",
    .parameters = {{"threads", 1, 1, "threads, each with its part of the blocks"},
                   {"goal", 1024, 1, "MiB of live blocks at the peak"},
                   {"random", 5, 0, "percent of the blocks that stay, at random; 0: every hundredth stays"},
                   {"settle", 2000, 0, "milliseconds to wait after the last free"}},
    .run = run,
};
