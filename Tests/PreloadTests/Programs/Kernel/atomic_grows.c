// expect: exit 0
// links: quarry

// The atomic reserve grows with what is asked of it, and takes back what others freed.

#include <quarry/kernel.h>

#include "check.h"

enum { COUNT = 20000 };

static char *blocks[COUNT];

static void *free_all(void *argument) {
  (void)argument;
  for (int i = 0; i < COUNT; i++) {
    CHECK(holds(blocks[i], 500, (size_t)i));
    kfree(blocks[i]);
  }
  return NULL;
}

int main(void) {
  size_t after_first = 0;
  for (int round = 0; round < 5; round++) {
    for (int i = 0; i < COUNT; i++) {
      CHECK((blocks[i] = kmalloc(500, GFP_ATOMIC)) != NULL);
      fill(blocks[i], 500, (size_t)i);
      // Code that may wait sees to it that there is more.
      if (i % 100 == 0) kfree(kmalloc(2000, GFP_KERNEL));
    }
    join(start(free_all, NULL));
    if (round == 0) after_first = resident();
  }
  CHECK(resident() < after_first + MiB);
}
