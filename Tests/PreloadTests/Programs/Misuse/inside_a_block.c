// expect: abort
// options: sample=off
// stderr: quarry: {1}({pointer}): *{not the start,not aligned,misaligned}*{3} bytes into *
// args: free 24 1
// args: free 32 8
// args: free 32 16
// args: free 100 1
// args: free 100 8
// args: free 100 16
// args: free 100 96
// args: free 1000 512
// args: free 1000 999
// args: free 4096 8
// args: free 4096 2048
// args: free 20480 4096
// args: free 20480 20464
// args: free 102400 1
// args: free 102400 16
// args: free 102400 4096
// args: free 102400 98304
// args: free 3000000 1048576
// args: free 134217728 16
// args: free 134217728 4096
// args: free 134217728 67108864
// args: realloc 32 16
// args: realloc 1000 512
// args: realloc 102400 4096
// args: realloc 134217728 4096
// args: malloc_usable_size 32 16
// args: malloc_usable_size 102400 4096

// A pointer inside a block instead of to its start. Arguments: function, size of the block, place in it.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 4);
  char *block = malloc(strtoul(arguments[2], NULL, 10));
  CHECK(block != NULL);
  void *pointer = name_pointer(hide(block + strtoul(arguments[3], NULL, 10)));
  if (strcmp(arguments[1], "free") == 0) free(pointer);
  if (strcmp(arguments[1], "realloc") == 0) pointer = realloc(pointer, 5000);
  if (strcmp(arguments[1], "malloc_usable_size") == 0) malloc_usable_size(pointer);
}
