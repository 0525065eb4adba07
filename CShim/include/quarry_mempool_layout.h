// The records of memory pools, in memory that programs never get. Nothing has a lock: a handler may come in anywhere.
#pragma once
#include "quarry/mempool.h"
#include "quarry_layout.h"

#pragma clang assume_nonnull begin

// Places for elements of a reserve. A pool that grows gets another shelf, and keeps it.
struct quarry_shelf {
  struct quarry_shelf *_Nullable next;  // read-only once the shelf is reached
  uint64_t places;                      // read-only
  uintptr_t elements[];                 // 0: free. atomic
};

struct mempool {
  mempool_alloc_t *allocate;  // read-only
  mempool_free_t *release;    // read-only
  void *_Nullable data;       // read-only
  uintptr_t shelves;          // the first one's address. atomic
  uint32_t minimum;           // elements that the reserve holds when nothing is short. atomic
  uint32_t count;             // elements in it, or on their way. atomic
  uint32_t returns;           // changes with each return to the reserve: what waiters look at. atomic
  uint32_t waiters;           // atomic
  uintptr_t seal;             // from its making to its end
};

QUARRY_INLINE uintptr_t *quarry_mempool_seal(struct mempool *pool) { return &pool->seal; }
QUARRY_INLINE uintptr_t *quarry_mempool_shelves(struct mempool *pool) { return &pool->shelves; }
QUARRY_INLINE uint32_t *quarry_mempool_minimum(struct mempool *pool) { return &pool->minimum; }
QUARRY_INLINE uint32_t *quarry_mempool_count(struct mempool *pool) { return &pool->count; }
QUARRY_INLINE uint32_t *quarry_mempool_returns(struct mempool *pool) { return &pool->returns; }
QUARRY_INLINE uint32_t *quarry_mempool_waiters(struct mempool *pool) { return &pool->waiters; }
QUARRY_INLINE uintptr_t *quarry_shelf_elements(struct quarry_shelf *shelf) { return shelf->elements; }

#pragma clang assume_nonnull end
