// quarry-replay: makes the requests of a plan with malloc and its kin, whoever provides them, and prints what that took as
// one line of JSON. It allocates nothing itself while it measures: the plan and the table of blocks are mapped shared, so
// that all resident anonymous memory that comes up is the allocator's, but for a few KiB of stack a thread.
//
//   quarry-replay PLAN none|pages|all exact|loose
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "trace_format.h"
#include "quarry_plan.h"

enum { page_bytes = 4096, looks_a_second = 1000 };

static const struct quarry_plan_header *plan;
static const struct quarry_plan_thread *threads;
static const struct quarry_plan_run *runs;
static const struct quarry_plan_request *requests;
// By number: 0 before the allocation; the address, or 1 where there was no memory.
static _Atomic(uintptr_t) *blocks;
static enum { touch_none, touch_pages, touch_all } touching;
static bool is_exact;

struct worker {
  pthread_t handle;
  // The turn after the latest one that is this thread's to take, a futex.
  _Atomic uint32_t granted;
  bool has_ended;
  uint64_t without_memory;
};
static struct worker *workers;

static int statm;
static uint64_t resident_at_peak;

static void fail(const char *what) {
  fprintf(stderr, "quarry-replay: %s: %s\n", what, strerror(errno));
  exit(1);
}

// Anonymous resident bytes.
static uint64_t resident(void) {
  char text[128];
  ssize_t length = pread(statm, text, sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = '\0';
  char *at = text;
  strtoul(at, &at, 10);
  uint64_t all = strtoul(at, &at, 10), shared = strtoul(at, &at, 10);
  return (all - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void touch(char *block, uint64_t from, uint64_t size) {
  if (block == NULL || from >= size || touching == touch_none) return;
  if (touching == touch_all) {
    memset(block + from, 0x5a, size - from);
  } else {
    for (uint64_t at = from; at < size; at += page_bytes) ((volatile char *)block)[at] = 0x5a;
  }
}

// The block, as soon as the thread that allocates it has done so.
static void *await(uint32_t number) {
  uintptr_t address;
  while ((address = atomic_load_explicit(&blocks[number], memory_order_acquire)) == 0) sched_yield();
  return address == 1 ? NULL : (void *)address;
}

static void make(struct worker *worker, const struct quarry_plan_request *request) {
  uint64_t size = request->what >> quarry_plan_size_shift;
  size_t alignment = (size_t)1 << (request->what >> quarry_plan_order_shift & 63);
  char *block = NULL;
  switch (request->what & quarry_trace_kind_mask) {
    case quarry_trace_malloc: block = malloc(size); break;
    case quarry_trace_calloc: block = calloc(1, size); break;
    case quarry_trace_aligned: block = memalign(alignment, size); break;
    case quarry_trace_free: free(await(request->block)); return;
    case quarry_trace_realloc: {
      void *old = request->old != quarry_plan_no_block ? await(request->old) : NULL;
      block = realloc(old, size);
      // Who gives a block for no bytes would keep it for ever.
      if (request->block == quarry_plan_no_block) free(block);
      break;
    }
  }
  if (request->block == quarry_plan_no_block) return;
  if (block == NULL) worker->without_memory++;
  touch(block, 0, size);
  atomic_store_explicit(&blocks[request->block], block != NULL ? (uintptr_t)block : 1, memory_order_release);
}

static void await_turn(struct worker *worker, uint64_t turn) {
  uint32_t wanted = (uint32_t)turn + 1, granted;
  while ((granted = atomic_load_explicit(&worker->granted, memory_order_acquire)) != wanted) {
    syscall(SYS_futex, &worker->granted, FUTEX_WAIT_PRIVATE, granted, NULL, NULL, 0);
  }
}

static void grant_turn(const struct quarry_plan_run *run) {
  if (run->turn + 1 == plan->runs) return;
  struct worker *next = &workers[run->next_thread];
  atomic_store_explicit(&next->granted, (uint32_t)run->turn + 2, memory_order_release);
  syscall(SYS_futex, &next->granted, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *work(void *argument) {
  struct worker *worker = argument;
  const struct quarry_plan_thread *thread = &threads[worker - workers];
  const struct quarry_plan_request *request = &requests[thread->first_request];
  for (uint64_t index = 0; index < thread->runs; index++) {
    const struct quarry_plan_run *run = &runs[thread->first_run + index];
    if (is_exact) await_turn(worker, run->turn);
    for (uint32_t count = 0; count < run->requests; count++, request++) {
      make(worker, request);
      if (request->what >> quarry_plan_peak_shift & 1) resident_at_peak = resident();
    }
    if (is_exact) grant_turn(run);
  }
  return NULL;
}

static void end(struct worker *worker) {
  if (!worker->has_ended) pthread_join(worker->handle, NULL);
  worker->has_ended = true;
}

// As in the recording, a thread begins when those that ended before it have ended here, too.
static void run_all(void) {
  if (plan->threads > 0) workers[0].granted = 1;
  for (uint32_t index = 0; index < plan->threads; index++) {
    for (uint32_t before = 0; before < index; before++) {
      if (threads[before].last_number < threads[index].first_number) end(&workers[before]);
    }
    errno = pthread_create(&workers[index].handle, NULL, work, &workers[index]);
    if (errno != 0) fail("cannot start a thread");
  }
  for (uint32_t index = 0; index < plan->threads; index++) end(&workers[index]);
}

// What was resident over time.
static struct {
  _Atomic bool is_over;
  uint64_t looks, sum, most;
} memory;

static void look(void) {
  uint64_t now = resident();
  memory.looks++;
  memory.sum += now;
  if (now > memory.most) memory.most = now;
}

static void *watch(void *unused) {
  (void)unused;
  while (!memory.is_over) {
    look();
    nanosleep(&(struct timespec){.tv_nsec = 1000000000 / looks_a_second}, NULL);
  }
  return NULL;
}

static void *map_shared(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("cannot map memory");
  return memory;
}

static void open_plan(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0) fail(path);
  plan = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0);
  if (plan == MAP_FAILED) fail(path);
  close(descriptor);
  threads = (const void *)(plan + 1);
  runs = (const void *)(threads + plan->threads);
  requests = (const void *)(runs + plan->runs);
  uint64_t bytes = (uint64_t)((const char *)(requests + plan->requests) - (const char *)plan);
  if (memcmp(plan->magic, quarry_plan_magic, sizeof plan->magic) != 0 || bytes != (uint64_t)status.st_size) {
    errno = EINVAL;
    fail(path);
  }
  blocks = map_shared((size_t)plan->blocks * sizeof *blocks + 1);
  workers = map_shared((size_t)plan->threads * sizeof *workers + 1);
}

int main(int count, char **arguments) {
  if (count != 4) {
    fputs("usage: quarry-replay PLAN none|pages|all exact|loose\n", stderr);
    return 2;
  }
  open_plan(arguments[1]);
  touching = strcmp(arguments[2], "none") == 0 ? touch_none : strcmp(arguments[2], "all") == 0 ? touch_all : touch_pages;
  is_exact = strcmp(arguments[3], "exact") == 0;
  statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (statm < 0) fail("/proc/self/statm");

  pthread_t watcher;
  uint64_t before = resident();
  errno = pthread_create(&watcher, NULL, watch, NULL);
  if (errno != 0) fail("cannot start a thread");
  uint64_t start = nanoseconds(CLOCK_MONOTONIC), processor = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  run_all();
  uint64_t elapsed = nanoseconds(CLOCK_MONOTONIC) - start;
  processor = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - processor;
  memory.is_over = true;
  pthread_join(watcher, NULL);
  look();
  uint64_t last = resident(), without_memory = 0;
  for (uint32_t index = 0; index < plan->threads; index++) without_memory += workers[index].without_memory;
  if (resident_at_peak > memory.most) memory.most = resident_at_peak;
  printf(
      "{\"elapsed\": %.9f, \"processor\": %.9f, \"before\": %llu, \"peak\": %llu, \"mean\": %llu, \"final\": %llu, "
      "\"atLivePeak\": %llu, \"withoutMemory\": %llu}\n",
      (double)elapsed / 1e9, (double)processor / 1e9, (unsigned long long)before, (unsigned long long)memory.most,
      (unsigned long long)(memory.sum / memory.looks), (unsigned long long)last, (unsigned long long)resident_at_peak,
      (unsigned long long)without_memory);
  return 0;
}
