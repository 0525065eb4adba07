// expect: exit 0
// links: quarry

// A request for nothing gets ZERO_SIZE_PTR, which is free of charge and welcome in kfree.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  void *block = kmalloc(hide_size(0), GFP_KERNEL);
  CHECK(block == ZERO_SIZE_PTR && ZERO_OR_NULL_PTR(block) && ZERO_OR_NULL_PTR(NULL));
  CHECK(ksize(block) == 0 && ksize(NULL) == 0 && kmalloc_size_roundup(0) == 0);
  kfree(block);
  kfree(NULL);
  kfree_sensitive(block);
  kfree_sensitive(NULL);
  kvfree(NULL);
  CHECK(kzalloc(hide_size(0), GFP_KERNEL) == ZERO_SIZE_PTR);
  CHECK(kcalloc(hide_size(0), 8, GFP_KERNEL) == ZERO_SIZE_PTR);
  CHECK(kmemdup("", hide_size(0), GFP_KERNEL) == ZERO_SIZE_PTR);
  block = kmalloc(10, GFP_KERNEL);
  CHECK(!ZERO_OR_NULL_PTR(block));
  CHECK(krealloc(block, hide_size(0), GFP_KERNEL) == ZERO_SIZE_PTR);
  char *grown = krealloc(ZERO_SIZE_PTR, 10, GFP_KERNEL);
  CHECK(!ZERO_OR_NULL_PTR(grown));
  kfree(grown);
}
