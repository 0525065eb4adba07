// expect: abort
// options: foreign=abort
// stderr: quarry: {1}({pointer}): *not from*
// args: free
// args: realloc

// A block of another allocator, here the C library's own, is refused: the default, said aloud.

#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  void *(*its_malloc)(size_t) = (void *(*)(size_t))dlsym(libc, "malloc");
  CHECK(its_malloc != NULL && its_malloc != malloc);
  void *block = name_pointer(its_malloc(100));
  if (strcmp(arguments[1], "free") == 0) free(block);
  if (strcmp(arguments[1], "realloc") == 0) block = realloc(block, 1000);
}
