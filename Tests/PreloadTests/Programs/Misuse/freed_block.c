// expect: abort
// options: sample=off
// stderr: quarry: {1}({pointer}): *{double free,freed,not from}*
// args: realloc 24
// args: realloc 1000
// args: realloc 20480
// args: realloc 102400
// args: realloc 134217728
// args: malloc_usable_size 24
// args: malloc_usable_size 102400

// Resizing or measuring a block that was freed.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 3);
  void *block = name_pointer(malloc(strtoul(arguments[2], NULL, 10)));
  CHECK(block != NULL);
  free(hide(block));
  if (strcmp(arguments[1], "realloc") == 0) block = realloc(hide(block), 300000);
  if (strcmp(arguments[1], "malloc_usable_size") == 0) malloc_usable_size(hide(block));
}
