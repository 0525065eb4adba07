// expect: abort
// stderr: quarry: {1}({pointer}): {double free: ,already free: ,not the start of a block: 16 bytes into }an object of 128 bytes of the atomic reserve
// args: kfree twice
// args: kfree inside
// args: free twice
// args: ksize twice
// links: quarry

// A block of GFP_ATOMIC that is freed twice, or not where it begins.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 3);
  char *block = hide(kmalloc(100, GFP_ATOMIC));
  CHECK(block != NULL);
  if (strcmp(arguments[2], "inside") == 0) block += 16; else kfree(block);
  name_pointer(block);
  if (strcmp(arguments[1], "kfree") == 0) kfree(block);
  if (strcmp(arguments[1], "free") == 0) free(block);
  if (strcmp(arguments[1], "ksize") == 0) ksize(block);
}
