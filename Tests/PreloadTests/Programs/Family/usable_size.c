// expect: exit 0
// standard: yes

// All usable bytes belong to the block, and their number does not change while it lives.

#include "check.h"

enum { COUNT = 3000 };

static unsigned char *blocks[COUNT];
static size_t usable[COUNT];

int main(void) {
  uses_quarry();
  CHECK(malloc_usable_size(NULL) == 0);
  Random random = {1};
  for (size_t i = 0; i < COUNT; i++) {
    size_t size = random_size(&random, 18);
    blocks[i] = i % 5 == 0 ? memalign((size_t)1 << random_below(&random, 14), size) : malloc(size);
    CHECK(blocks[i] != NULL);
    usable[i] = malloc_usable_size(blocks[i]);
    CHECK(usable[i] >= size);
    fill(blocks[i], usable[i], i);
  }
  for (size_t i = 0; i < COUNT; i += 2) {
    CHECK(malloc_usable_size(blocks[i]) == usable[i]);
    CHECK(holds(blocks[i], usable[i], i));
    free(blocks[i]);
  }
  for (size_t i = 1; i < COUNT; i += 2) {
    CHECK(malloc_usable_size(blocks[i]) == usable[i]);
    CHECK(holds(blocks[i], usable[i], i));
    void *same = realloc(blocks[i], usable[i]);  // no growth: what is usable needs no other place
    CHECK(same != NULL && holds(same, usable[i], i));
    free(same);
  }
}
