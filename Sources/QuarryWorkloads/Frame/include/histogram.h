// A histogram of high dynamic range: every value is counted in a bucket at most 1/32 as wide as the value, however large
// it is, so that the far tail is as exact as the middle. After the idea of Gil Tene's HdrHistogram.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
  /// Buckets of each doubling, as a power of two.
  histogram_precision = 5,
  histogram_steps = 1 << histogram_precision,
  histogram_buckets = (64 - histogram_precision + 1) * histogram_steps,
};

typedef struct {
  uint64_t counts[histogram_buckets];
  uint64_t total;
  uint64_t most;
} Histogram;

static inline size_t histogram_bucket(uint64_t value) {
  if (value < histogram_steps) return value;
  unsigned doubling = 63u - (unsigned)__builtin_clzll(value) - histogram_precision;
  return (size_t)doubling * histogram_steps + (value >> doubling);
}

/// The least value of a bucket.
static inline uint64_t histogram_value(size_t bucket) {
  if (bucket < 2 * histogram_steps) return bucket;
  size_t doubling = bucket / histogram_steps - 1;
  return (uint64_t)(bucket % histogram_steps + histogram_steps) << doubling;
}

static inline void histogram_add(Histogram *histogram, uint64_t value) {
  histogram->counts[histogram_bucket(value)] += 1;
  histogram->total += 1;
  if (value > histogram->most) histogram->most = value;
}

/// Adds all that `other` counted.
static inline void histogram_merge(Histogram *histogram, const Histogram *other) {
  for (size_t bucket = 0; bucket < histogram_buckets; bucket += 1) histogram->counts[bucket] += other->counts[bucket];
  histogram->total += other->total;
  if (other->most > histogram->most) histogram->most = other->most;
}

/// The value that `share` of all values do not exceed, from 0 to 1, to the precision of a bucket.
static inline uint64_t histogram_quantile(const Histogram *histogram, double share) {
  uint64_t left = (uint64_t)((double)histogram->total * share);
  for (size_t bucket = 0; bucket < histogram_buckets; bucket += 1) {
    if (histogram->counts[bucket] > left) return histogram_value(bucket);
    left -= histogram->counts[bucket];
  }
  return histogram->most;
}
