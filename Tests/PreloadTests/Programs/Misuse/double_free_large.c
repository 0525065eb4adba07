// expect: abort
// options: sample=off
// stderr: quarry: free({pointer}): *{double free,not from}*
// args: 40000
// args: 102400
// args: 3000000
// args: 134217728

// Freeing a block of pages twice; a huge one was a mapping of its own, which is gone.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  size_t size = strtoul(arguments[1], NULL, 10);
  char *neighbour = malloc(size), *block = name_pointer(malloc(size)), *other = malloc(size);
  CHECK(neighbour != NULL && block != NULL && other != NULL);
  block[0] = 1;
  free(hide(block));
  free(hide(block));
}
