// expect: exit 0
// links: quarry

// What was in a block that kfree_sensitive took is gone when its memory is used again.

#include <quarry/kernel.h>

#include "check.h"

enum { COUNT = 1000 };

int main(void) {
  unsigned char *secret = kmalloc(100, GFP_KERNEL);
  CHECK(secret != NULL);
  memset(secret, 0x5e, ksize(secret));
  kfree_sensitive(secret);
  bool again = false;
  for (int index = 0; index < COUNT; index++) {
    unsigned char *next = kmalloc(100, GFP_KERNEL);
    again = again || next == secret;
    for (size_t byte = 0; byte < ksize(next); byte++) CHECK(next[byte] != 0x5e);
  }
  CHECK(again);
}
