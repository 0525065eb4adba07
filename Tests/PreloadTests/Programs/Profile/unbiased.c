// expect: exit 0
// options: sample=64K
// flags: -Wno-unknown-pragmas -lm -falign-functions=16
// args: 1
// args: 4

// The sums of a call site are what was allocated there, within the error of the binomial distribution, whatever the
// sizes and the pattern of the requests, and however many threads share the work.

#include <math.h>
#include "profile.h"

enum { SITES = 16, ROUNDS = 40000 };

#define SITE(n) static __attribute__((noinline)) void *site##n(size_t size) { void *block = malloc(size); __asm__ volatile("" ::: "memory"); return block; }
SITE(0) SITE(1) SITE(2) SITE(3) SITE(4) SITE(5) SITE(6) SITE(7)
SITE(8) SITE(9) SITE(10) SITE(11) SITE(12) SITE(13) SITE(14) SITE(15)
static void *(*const sites[SITES])(size_t) = {site0, site1, site2, site3, site4, site5, site6, site7,
                                              site8, site9, site10, site11, site12, site13, site14, site15};

// A size for each site, the first eight the same one.
static size_t size_of(int site) { return site < 8 ? 200 : (size_t)16 << (site - 8) * 3 / 2; }

// Always the same sequence: what is sampled must not depend on the place in it.
static void *body(void *argument) {
  void *blocks[SITES];
  for (size_t round = 0; round < ROUNDS / (size_t)argument; round++) {
    for (int site = 0; site < SITES; site++) blocks[site] = sites[site](size_of(site));
    for (int site = 0; site < SITES; site++) free(blocks[site]);
  }
  return NULL;
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  uses_quarry();
  size_t threads = strtoul(arguments[1], NULL, 10);
  pthread_t started[8];
  for (size_t i = 0; i < threads; i++) started[i] = start(body, (void *)threads);
  for (size_t i = 0; i < threads; i++) join(started[i]);
  double interval = (double)records()->registry.sample_interval;
  for (int site = 0; site < SITES; site++) {
    // Functions follow one another: their own code alone.
    struct quarry_stack_sums sums = sums_through((void *)sites[site], 16);
    double size = (double)size_of(site), expected = (double)ROUNDS, p = -expm1(-size / interval);
    double error = 5 * sqrt(expected * (1 - p) / p);
    double objects = (double)sums.objects / (1 << QUARRY_WEIGHT_SHIFT);
    CHECK(fabs(objects - expected) <= error);
    CHECK(fabs((double)sums.bytes - objects * size) <= (double)sums.samples);
  }
  return 0;
}
