// expect: abort
// options: sample=off
// stderr: quarry: free({pointer}): *double free*cache malloc-*
// args: 8 10
// args: 8 1000
// args: 8 100000
// args: 24 10
// args: 24 1000
// args: 24 100000
// args: 1000 10
// args: 1000 1000
// args: 1000 30000
// args: 5000 10

// Freeing twice, with other frees of the same size in between: the object has moved on from the thread's own list
// to its slab by then. Half of the others stay, so that slabs do.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 3);
  size_t size = strtoul(arguments[1], NULL, 10), others = strtoul(arguments[2], NULL, 10);
  void **blocks = malloc(2 * others * sizeof *blocks);
  for (size_t i = 0; i < 2 * others; i++) CHECK((blocks[i] = malloc(size)) != NULL);
  void *block = name_pointer(blocks[others]);
  free(hide(block));
  for (size_t i = 1; i < 2 * others; i += 2)
    if (i != others) free(blocks[i]);
  free(hide(block));
}
