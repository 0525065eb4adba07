// A small random generator with a fixed sequence per seed (SplitMix64): the same work in every run.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint64_t state;
} Random;

/// Spreads the bits of `value` over the whole word; equal inputs give equal outputs.
static inline uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

static inline Random random_seeded(uint64_t seed) {
  Random random = {mix(seed + 1)};
  return random;
}

static inline uint64_t random_next(Random *random) {
  random->state += 0x9E3779B97F4A7C15u;
  return mix(random->state);
}

/// A number below `bound`, which is below 2^32.
static inline uint64_t random_below(Random *random, uint64_t bound) {
  return ((random_next(random) >> 32) * bound) >> 32;
}

/// A number from `least` to `most`, both included.
static inline uint64_t random_between(Random *random, uint64_t least, uint64_t most) {
  return least + random_below(random, most - least + 1);
}

/// A size from `least` to `most`; sizes from one doubling are as likely as those from the next one, so that most
/// sizes are small and most memory is in large ones.
static inline size_t random_size(Random *random, size_t least, size_t most) {
  unsigned doublings = 1;
  while ((least << doublings) <= most) doublings += 1;
  size_t low = least << random_below(random, doublings);
  size_t high = 2 * low - 1 < most ? 2 * low - 1 : most;
  return random_between(random, low, high);
}

/// A size from `least` to `most`; each doubling is half as likely as the one before, so that each doubling takes
/// the same share of the memory.
static inline size_t random_power_size(Random *random, size_t least, size_t most) {
  size_t low = least;
  for (uint64_t bits = random_next(random); (bits & 1) != 0 && 2 * low <= most; bits >>= 1) low *= 2;
  size_t high = 2 * low - 1 < most ? 2 * low - 1 : most;
  return random_between(random, low, high);
}

/// Puts `items` into a random order.
static inline void random_shuffle(Random *random, void **items, size_t count) {
  for (size_t left = count; left > 1; left -= 1) {
    size_t chosen = random_below(random, left);
    void *last = items[left - 1];
    items[left - 1] = items[chosen];
    items[chosen] = last;
  }
}
