// expect: abort
// options: sample=off
// stderr: quarry: free({pointer}): double free*: a 64-byte object of cache malloc-64

// Freeing again when the page of the object went back to the system, though its slab stays for objects in another page.

#include "check.h"

enum { COUNT = 10000, SIZE = 64, DISTANCE = 100 };

static char *blocks[COUNT];

static uintptr_t page_of(int block) { return (uintptr_t)blocks[block] / 4096; }

// Whether a page holds none of the blocks that stay, which are fewer than one a page, and at least one a slab.
static bool is_hole(uintptr_t page) {
  for (int i = 0; i < COUNT; i += DISTANCE)
    if (page_of(i) == page) return false;
  return true;
}

int main(void) {
  uses_quarry();
  for (int i = 0; i < COUNT; i++) CHECK((blocks[i] = malloc(SIZE)) != NULL);
  for (int i = 0; i < COUNT; i++)
    if (i % DISTANCE != 0) free(hide(blocks[i]));
  malloc_trim(0);
  int block = COUNT / 2;
  while (block < COUNT && !is_hole(page_of(block))) block++;
  CHECK(block < COUNT);
  free(hide(name_pointer(blocks[block])));
}
