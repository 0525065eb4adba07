// The records of the kernel interface's pages: the atomic reserve, the zones at low addresses, shrinkers, watermarks.
// Zeroed, and untouched by programs that do not use it.
#pragma once
#include "quarry/shrinker.h"
#include "quarry_layout.h"

#pragma clang assume_nonnull begin

// Objects that a request which may not wait can have, of one size: 16 bytes to 32 KiB.
#define QUARRY_RESERVE_POOLS 12
#define QUARRY_RESERVE_SHIFT 4
// Pages of a slab of the reserve, which is aligned to its size, 256 KiB.
#define QUARRY_RESERVE_SLAB_PAGES 64
// Slabs of all sizes: 1 GiB.
#define QUARRY_RESERVE_SLABS 4096

//
// Its free objects are on two stacks, of which `target` says where objects are put: so slabs can be given back by moving
// everything else from one to the other, while requests take from both.
struct quarry_reserve_pool {
  uint64_t heads[2];  // atomic: tag << 32 | slab << 14 | object within it; 0 in the low half: empty
  uint32_t target;    // atomic: 0 or 1. Changes under reserve_lock
  uint32_t free;      // atomic: objects, within the number of operations under way
  uint32_t capacity;  // atomic: objects
  uint32_t ran_low;   // atomic: 1 when less than half was free at some time since kswapd last looked
  uint64_t padding[4];
};

// A number of a slab, once used, stays with its pool, and so do the links, which whoever was about to take an object may
// still read after the slab went. They lie apart from the objects, where no overflow reaches them.
struct quarry_reserve_slab {
  uintptr_t base;             // 0 while the slab is given back. Guarded by: reserve_lock
  uint32_t *_Nullable links;  // atomic, one an object: the next free one as in heads, or QUARRY_RESERVE_LIVE*
  uint32_t pool;              // read-only once it is used
  // While slabs are given back; guarded by reserve_lock.
  uint32_t is_leaving;
  uint32_t collected;         // objects that were taken off the stacks, the chain of which is this one
  uint32_t first, last;       // as in heads
};
#define QUARRY_RESERVE_LIVE 0xffffffffu
#define QUARRY_RESERVE_LIVE_ACCOUNTED 0xfffffffeu  // with __GFP_ACCOUNT

struct quarry_kernel_memory {
  uint32_t state;  // atomic: as the registry's boot_state
  struct quarry_lock shrinker_lock;
  struct shrinker *_Nullable shrinkers;  // Guarded by: shrinker_lock
  uint64_t low_pages;     // watermarks above min. Read-only after setup
  uint64_t high_pages;
  uint64_t report_time;   // atomic: milliseconds, of the last report
  uint64_t balance_time;  // atomic: milliseconds, of the last background reclaim
  uint64_t look_time;     // atomic: milliseconds, of the last look at what is idle, where no kswapd does it
  uint64_t purgeable_seen;  // resident free pages that are not malloc's, at the last look. Owner: who looks
  uint64_t accounted;     // atomic: bytes in use that were asked for with __GFP_ACCOUNT
  uint32_t reclaim_wanted;  // atomic: QUARRY_RECLAIM_*
  uint32_t deferred[3];   // atomic: of each zone, the first block of pages that was freed while it was at work
  struct quarry_lock low_lock;
  // atomic, written with low_lock held: 0 not tried, 1 up, 2 refused. Up is released once all of the zone is there.
  uint32_t low_state[2];
  struct quarry_lock reserve_lock;
  uint32_t reserve_slabs;  // numbers given out are up to it. Guarded by: reserve_lock
  uint32_t reserve_live;   // atomic: slabs that are not given back. Changes under reserve_lock
  uint32_t reserve_low;    // atomic: 1 when a pool could do with another slab
  struct quarry_reserve_pool pools[QUARRY_RESERVE_POOLS];
  struct quarry_reserve_slab slabs[QUARRY_RESERVE_SLABS];  // number 0 is none
  struct quarry_zone low_zones[2];                         // below 16 MiB, below 4 GiB
};
#define QUARRY_RECLAIM_QUIET 0
#define QUARRY_RECLAIM_FREE 1       // a request found less than the low watermark left
#define QUARRY_RECLAIM_SHRINKERS 2  // and kswapd gave back what was free, which was not enough

extern struct quarry_kernel_memory quarry_kernel_memory_records;

QUARRY_INLINE struct quarry_kernel_memory *quarry_kernel_memory_record(void) { return &quarry_kernel_memory_records; }
QUARRY_INLINE uint32_t *quarry_kernel_memory_state(struct quarry_kernel_memory *memory) { return &memory->state; }
QUARRY_INLINE struct quarry_lock *quarry_kernel_memory_shrinker_lock(struct quarry_kernel_memory *memory) {
  return &memory->shrinker_lock;
}
QUARRY_INLINE struct quarry_lock *quarry_kernel_memory_low_lock(struct quarry_kernel_memory *memory) {
  return &memory->low_lock;
}
QUARRY_INLINE struct quarry_lock *quarry_kernel_memory_reserve_lock(struct quarry_kernel_memory *memory) {
  return &memory->reserve_lock;
}
QUARRY_INLINE uint64_t *quarry_kernel_memory_report_time(struct quarry_kernel_memory *memory) {
  return &memory->report_time;
}
QUARRY_INLINE uint64_t *quarry_kernel_memory_balance_time(struct quarry_kernel_memory *memory) {
  return &memory->balance_time;
}
QUARRY_INLINE uint64_t *quarry_kernel_memory_look_time(struct quarry_kernel_memory *memory) {
  return &memory->look_time;
}
QUARRY_INLINE uint32_t *quarry_kernel_memory_reclaim_wanted(struct quarry_kernel_memory *memory) {
  return &memory->reclaim_wanted;
}
QUARRY_INLINE uint64_t *quarry_kernel_memory_accounted(struct quarry_kernel_memory *memory) {
  return &memory->accounted;
}
QUARRY_INLINE uint32_t *quarry_kernel_memory_deferred(struct quarry_kernel_memory *memory) {
  return memory->deferred;
}
QUARRY_INLINE uint32_t *quarry_kernel_memory_low_state(struct quarry_kernel_memory *memory) {
  return memory->low_state;
}
QUARRY_INLINE uint32_t *quarry_kernel_memory_reserve_low(struct quarry_kernel_memory *memory) {
  return &memory->reserve_low;
}
QUARRY_INLINE struct quarry_zone *quarry_kernel_memory_low_zone(struct quarry_kernel_memory *memory, intptr_t which) {
  return &memory->low_zones[which];
}
QUARRY_INLINE struct quarry_reserve_pool *quarry_kernel_memory_pool(
    struct quarry_kernel_memory *memory, intptr_t number) {
  return &memory->pools[number];
}
QUARRY_INLINE struct quarry_reserve_slab *quarry_kernel_memory_slab(
    struct quarry_kernel_memory *memory, intptr_t number) {
  return &memory->slabs[number];
}
QUARRY_INLINE uint32_t *quarry_kernel_memory_reserve_live(struct quarry_kernel_memory *memory) {
  return &memory->reserve_live;
}
QUARRY_INLINE uint64_t *quarry_reserve_pool_head(struct quarry_reserve_pool *pool, intptr_t which) {
  return &pool->heads[which];
}
QUARRY_INLINE uint32_t *quarry_reserve_pool_target(struct quarry_reserve_pool *pool) { return &pool->target; }
QUARRY_INLINE uint32_t *quarry_reserve_pool_ran_low(struct quarry_reserve_pool *pool) { return &pool->ran_low; }
QUARRY_INLINE uint32_t *quarry_reserve_pool_free(struct quarry_reserve_pool *pool) { return &pool->free; }
QUARRY_INLINE uint32_t *quarry_reserve_pool_capacity(struct quarry_reserve_pool *pool) { return &pool->capacity; }

#pragma clang assume_nonnull end
