// expect: exit 0
// stderr: quarry: kmem_cache_create(NULL, 8, 0, 0x0): a cache needs a name
// stderr: quarry: kmem_cache_create(none, 0, 0, 0x0): an object has 1 to 4194304 bytes
// stderr: quarry: kmem_cache_create(huge, 4194305, 0, 0x0): an object has 1 to 4194304 bytes
// stderr: quarry: kmem_cache_create(odd, 8, 24, 0x0): an alignment is 0 or a power of two up to 4194304
// stderr: quarry: kmem_cache_create(strange, 8, 0, 0x1): unknown flags
// links: quarry

// A cache that cannot be is refused with a line that says why.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  CHECK(kmem_cache_create(NULL, 8, 0, 0, NULL) == NULL);
  CHECK(kmem_cache_create("none", 0, 0, 0, NULL) == NULL);
  CHECK(kmem_cache_create("huge", KMALLOC_MAX_SIZE + 1, 0, 0, NULL) == NULL);
  CHECK(kmem_cache_create("odd", 8, 24, 0, NULL) == NULL);
  CHECK(kmem_cache_create("strange", 8, 0, 1, NULL) == NULL);
  kmem_cache_destroy(NULL);
}
