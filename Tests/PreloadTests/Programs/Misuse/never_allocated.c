// expect: abort
// options: sample=off
// stderr: quarry: free({pointer}): *{double free,not the start,not from,never,not allocated}*
// args: object 48
// args: object 112
// args: object 640
// args: tail 48
// args: tail 112
// args: tail 640
// args: page 48

// A place in the library's memory that no call has returned: where an object of the slab would be, the rest of a
// page after its last object, and a page ahead.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 3);
  size_t size = strtoul(arguments[2], NULL, 10);
  char *block, *page;
  size_t object;
  do {  // until there is room for another object in the page
    block = malloc(size);
    CHECK(block != NULL);
    page = (char *)((uintptr_t)block & ~(uintptr_t)4095);
    object = malloc_usable_size(block);
  } while (block + 2 * object > page + 4096);
  char *pointer = NULL;
  if (strcmp(arguments[1], "object") == 0) pointer = block + object;
  if (strcmp(arguments[1], "tail") == 0) pointer = page + 4096 - 8;
  if (strcmp(arguments[1], "page") == 0) pointer = page + 64 * MiB;
  name_pointer(pointer);
  free(hide(pointer));
}
