// expect: exit 0
// options: sample=4M
// flags: -Wno-unknown-pragmas -lm

// Blocks whose lengths are rounded to more than pages are sampled without bias, too, when they grow page by page.

#include <math.h>
#include "profile.h"

enum { BLOCKS = 300, START = 1 << 20, END = 3 << 20 };

static void *blocks[BLOCKS];

int main(void) {
  uses_quarry();
  for (int i = 0; i < BLOCKS; i++) {
    blocks[i] = malloc(START);
    // The last one may grow where it lies.
    for (size_t size = START; size <= END; size += 4096) CHECK((blocks[i] = realloc(blocks[i], size)) != NULL);
  }
  double p = -expm1(-(double)END / (double)records()->registry.sample_interval), estimate = 0;
  for (int i = 0; i < BLOCKS; i++) {
    if (sample_of(blocks[i]) != NULL) estimate += 1 / p;
  }
  CHECK(fabs(estimate - BLOCKS) <= 5 * sqrt(BLOCKS * (1 - p) / p));
}
