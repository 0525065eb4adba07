// Storage of the records, zeroed: a program that never allocates touches none of it.
#include "CShim.h"

// Both share one page: it is all that a small program touches of them.
struct quarry_records quarry_records __attribute__((aligned(4096)));
_Static_assert(sizeof quarry_records <= 4096, "the records fit a page");

struct quarry_kernel quarry_kernel_records __attribute__((aligned(64)));
const struct slab_sheaf quarry_sealed_sheaf = {.cache = QUARRY_NO_CACHE};

// Every list of these two is empty, and their numbers are in no page-map entry: a thread's first request and first free
// take the slow paths without a test of their own. Only the front of a heap is ever looked at, and only its mark written.
struct quarry_heap_front quarry_empty_heap = {.tag = 0x10000ul << QUARRY_ENTRY_OWNER_SHIFT};
struct quarry_heap_front quarry_ended_heap = {.tag = 0x10001ul << QUARRY_ENTRY_OWNER_SHIFT};

__thread struct quarry_heap *quarry_current_heap = (struct quarry_heap *)&quarry_empty_heap;
// Of the kernel interface: untouched without it.
struct quarry_kernel_memory quarry_kernel_memory_records __attribute__((aligned(64)));
__thread uint32_t quarry_current_context;
__thread struct shrinker *quarry_current_shrinker;
