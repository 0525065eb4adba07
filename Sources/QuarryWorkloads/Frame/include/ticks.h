// A clock for single calls: it costs some ten nanoseconds to read, and waits for what came before.
#pragma once

#include <stdint.h>
#include <time.h>

#ifdef __x86_64__
#include <x86intrin.h>

static inline uint64_t ticks_now(void) {
  _mm_lfence();
  uint64_t now = __rdtsc();
  _mm_lfence();
  return now;
}
#else
static inline uint64_t ticks_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}
#endif

/// What passes between two readings with nothing in between, at best.
static inline uint64_t ticks_own_cost(void) {
  uint64_t least = UINT64_MAX;
  for (int turn = 0; turn < 10000; turn += 1) {
    uint64_t start = ticks_now();
    uint64_t cost = ticks_now() - start;
    if (cost < least) least = cost;
  }
  return least;
}
