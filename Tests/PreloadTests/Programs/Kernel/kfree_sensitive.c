// expect: exit 0
// links: quarry

// What was in a block that kfree_sensitive took is gone when its memory is used again.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  unsigned char *secret = kmalloc(100, GFP_KERNEL);
  CHECK(secret != NULL);
  memset(secret, 0x5e, ksize(secret));
  kfree_sensitive(secret);
  unsigned char *next = kmalloc(100, GFP_KERNEL);
  CHECK(next == secret);
  for (size_t index = 0; index < ksize(next); index++) CHECK(next[index] == 0);
  kfree(next);
}
