// expect: abort
// stderr: quarry: kmem_cache_create(needed, 0, 0, 0x40000): an object has 1 to 4194304 bytes
// links: quarry

// With SLAB_PANIC a cache that cannot be made is the end.

#include <quarry/kernel.h>

#include "check.h"

int main(void) { return kmem_cache_create("needed", 0, 0, SLAB_PANIC, NULL) == NULL; }
