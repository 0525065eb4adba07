// expect: abort
// stderr: quarry: kfree({pointer}): *double free*cache malloc-*
// links: quarry

// A second kfree is named.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  void *block = name_pointer(kmalloc(100, GFP_KERNEL));
  kfree(hide(block));
  kfree(hide(block));
}
