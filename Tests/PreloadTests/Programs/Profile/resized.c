// expect: exit 0
// options: sample=256K
// flags: -Wno-unknown-pragmas -lm

// What is in use is estimated without bias however blocks came to their sizes: in one request, grown step by step, or
// shrunk, where they lie or not.

#include <math.h>
#include "profile.h"

enum { BLOCKS = 3000 };

static void *blocks[BLOCKS];

// The sum over the samples among the blocks, and the truth, within five standard deviations.
static void check_sum(size_t size) {
  double interval = (double)records()->registry.sample_interval;
  double p = -expm1(-(double)size / interval), estimate = 0;
  for (int i = 0; i < BLOCKS; i++) {
    struct quarry_sample_frame *sample = sample_of(blocks[i]);
    if (sample == NULL) continue;
    CHECK(sample->size == size);
    estimate += 1 / p;
  }
  CHECK(fabs(estimate - BLOCKS) <= 5 * sqrt(BLOCKS * (1 - p) / p));
}

static void resize(size_t size) {
  for (int i = 0; i < BLOCKS; i++) CHECK((blocks[i] = realloc(blocks[i], size)) != NULL);
}

int main(void) {
  uses_quarry();
  for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(500000);
  check_sum(500000);
  for (size_t size = 450000; size >= 50000; size -= 50000) {
    resize(size);
    check_sum(size);
  }
  // Every other one may grow where it lies.
  for (int i = 0; i < BLOCKS; i += 2) {
    free(blocks[i]);
    blocks[i] = malloc(50000);
  }
  for (size_t size = 54000; size < 400000; size = size / 4096 * 4096 + 4096) {
    resize(size);
    check_sum(size);
  }
  // In steps that are smaller than a page.
  for (int i = 0; i < BLOCKS; i++) {
    free(blocks[i]);
    blocks[i] = malloc(40000);
  }
  for (size_t size = 40000; size <= 80000; size += 500) resize(size);
  check_sum(80000);
  // Back and forth within a page.
  for (int turn = 0; turn < 500; turn++) {
    resize(79900);
    resize(80000);
  }
  check_sum(80000);
  return 0;
}
