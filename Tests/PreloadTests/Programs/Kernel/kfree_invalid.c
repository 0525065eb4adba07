// expect: abort
// stderr: quarry: kfree({pointer}): *not from this allocator*
// links: quarry

// So is a pointer that no allocator made.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  int local = 0;
  kfree(hide(name_pointer(&local)));
}
