// expect: exit 0
// options: kswapd=on
// links: quarry
// args: malloc_trim
// args: kswapd

// What the atomic reserve grew by goes back when it is idle: at malloc_trim's word, and to kswapd some looks later. The
// first slabs stay, so that a handler finds what it found before.

#include <quarry/kernel.h>

#include "GivingBack/giving_back.h"

enum { COUNT = 16384, SIZE = 1000 };

static char *blocks[COUNT];

static void take(int count) {
  for (int i = 0; i < count; i++) {
    CHECK((blocks[i] = kmalloc(SIZE, GFP_ATOMIC)) != NULL);
    fill(blocks[i], SIZE, (size_t)i);
    if (i % 64 == 0) kfree(kmalloc(2000, GFP_KERNEL));
  }
}

static void give_back(int count) {
  for (int i = 0; i < count; i++) {
    CHECK(holds(blocks[i], SIZE, (size_t)i));
    kfree(blocks[i]);
  }
}

int main(int count, char **arguments) {
  CHECK(count == 2 && quarry_init() == 0);
  size_t before = resident();
  for (int round = 0; round < 3; round++) {
    take(COUNT);
    // One object that is in use keeps its slab, and that alone.
    char *kept = blocks[COUNT / 2];
    blocks[COUNT / 2] = blocks[COUNT - 1];
    fill(blocks[COUNT / 2], SIZE, COUNT / 2);
    give_back(COUNT - 1);
    if (strcmp(arguments[1], "kswapd") == 0) {
      kfree(kmalloc(2000, GFP_KERNEL_ACCOUNT));
      UNTIL(resident() < before + 2 * MiB);
    } else {
      CHECK(resident() > before + 14 * MiB);
      CHECK(malloc_trim(0) == 1);
      CHECK(resident() < before + 2 * MiB);
    }
    CHECK(holds(kept, SIZE, COUNT / 2));
    kfree(kept);
    // Nobody looks after the reserve meanwhile.
    for (int i = 0; i < 256; i++) CHECK((blocks[i] = kmalloc(SIZE, GFP_ATOMIC)) != NULL);
    for (int i = 0; i < 256; i++) kfree(blocks[i]);
  }
}
