// expect: abort
// options: sample=off
// stderr: quarry: free({pointer}): *{double free,not from}*
// args: 24
// args: 1000

// Freeing again when the slab of the object is empty and went back to the pages.

#include "check.h"

enum { COUNT = 100000 };

static void *blocks[COUNT];

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  size_t size = strtoul(arguments[1], NULL, 10);
  for (int i = 0; i < COUNT; i++) CHECK((blocks[i] = malloc(size)) != NULL);
  name_pointer(blocks[COUNT / 2]);
  for (int i = 0; i < COUNT; i++) free(hide(blocks[i]));
  malloc_trim(0);
  free(hide(blocks[COUNT / 2]));
}
