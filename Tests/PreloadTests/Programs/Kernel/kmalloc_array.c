// expect: exit 0
// links: quarry

// The array forms allocate the product, and fail where it overflows.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  size_t half = hide_size(SIZE_MAX / 2 + 2);
  CHECK(kmalloc_array(half, 2, GFP_KERNEL) == NULL);
  CHECK(kcalloc(2, half, GFP_KERNEL) == NULL);
  CHECK(kvmalloc_array(half, half, GFP_KERNEL) == NULL);
  CHECK(kvcalloc(half, 2, GFP_KERNEL) == NULL);

  char *array = kmalloc_array(10, 7, GFP_KERNEL);
  CHECK(array != NULL && ksize(array) >= 70);
  memset(array, 1, 70);
  CHECK(krealloc_array(array, half, 2, GFP_KERNEL) == NULL);
  for (int index = 0; index < 70; index++) CHECK(array[index] == 1);
  array = krealloc_array(array, 100, 7, GFP_KERNEL);
  CHECK(array != NULL && ksize(array) >= 700);
  for (int index = 0; index < 70; index++) CHECK(array[index] == 1);
  kfree(array);
}
