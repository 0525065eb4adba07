// Accessors of the records in quarry_layout.h, which includes this: Swift sees C arrays as tuples, and a C global only
// through a copy.
#pragma once
#include "quarry_layout.h"

#pragma clang assume_nonnull begin

#define QUARRY_INLINE static inline __attribute__((always_inline))

QUARRY_INLINE struct quarry_zone *quarry_zone_record(void) { return &quarry_records.zone; }
QUARRY_INLINE struct quarry_registry *quarry_registry_record(void) { return &quarry_records.registry; }
QUARRY_INLINE struct quarry_lock *quarry_zone_lock(struct quarry_zone *zone) { return &zone->lock; }
QUARRY_INLINE struct quarry_lock *quarry_heap_lock(struct quarry_heap *heap) { return &heap->lock; }
QUARRY_INLINE struct quarry_lock *quarry_registry_lock(struct quarry_registry *registry) { return &registry->lock; }
QUARRY_INLINE struct quarry_lock *quarry_registry_area_lock(struct quarry_registry *registry) {
  return &registry->area_lock;
}
QUARRY_INLINE uint32_t *quarry_registry_boot_state(struct quarry_registry *registry) { return &registry->boot_state; }
QUARRY_INLINE struct quarry_lock *quarry_registry_look_lock(struct quarry_registry *registry) {
  return &registry->look_lock;
}
QUARRY_INLINE uint32_t *quarry_registry_kswapd_state(struct quarry_registry *registry) {
  return &registry->kswapd_state;
}
QUARRY_INLINE uint32_t *quarry_registry_kswapd_running(struct quarry_registry *registry) {
  return &registry->kswapd_running;
}
QUARRY_INLINE uint32_t *quarry_heap_state(struct quarry_heap *heap) { return &heap->state; }
QUARRY_INLINE uintptr_t *quarry_registry_forking_thread(struct quarry_registry *registry) {
  return &registry->forking_thread;
}
QUARRY_INLINE uintptr_t *quarry_registry_speaker(struct quarry_registry *registry) { return &registry->speaker; }
QUARRY_INLINE uint64_t *quarry_zone_class_inverse(struct quarry_zone *zone) { return zone->class_inverse; }
// By the code of the class, without halving it.
QUARRY_INLINE uint64_t quarry_zone_inverse(struct quarry_zone *zone, uint64_t code) {
  return *(uint64_t *)((char *)zone->class_inverse + code * 4);
}
QUARRY_INLINE uint8_t *quarry_zone_slab_lengths(struct quarry_zone *zone) { return zone->slab_lengths; }
QUARRY_INLINE uint8_t *quarry_zone_code_of_size(struct quarry_zone *zone) { return zone->code_of_size; }
QUARRY_INLINE uint8_t *quarry_zone_code_of_large_size(struct quarry_zone *zone) { return zone->code_of_large_size; }
QUARRY_INLINE uint64_t *quarry_zone_opened(struct quarry_zone *zone) { return zone->opened; }
QUARRY_INLINE uint64_t *quarry_zone_charged_elsewhere(struct quarry_zone *zone) { return &zone->charged_elsewhere; }
QUARRY_INLINE uint64_t *quarry_zone_typed_free(struct quarry_zone *zone) { return zone->typed_free; }
QUARRY_INLINE uint32_t *quarry_zone_typed_first(struct quarry_zone *zone) { return zone->typed_first; }
QUARRY_INLINE uint32_t *quarry_zone_unmerged(struct quarry_zone *zone) { return zone->unmerged; }
QUARRY_INLINE uint32_t *quarry_zone_typed_blocks(struct quarry_zone *zone) { return zone->typed_blocks; }
QUARRY_INLINE uint64_t *quarry_zone_available(struct quarry_zone *zone, intptr_t order) {
  return zone->available[order];
}
QUARRY_INLINE struct quarry_gigablock *quarry_zone_gigablock(struct quarry_zone *zone, intptr_t number) {
  return (struct quarry_gigablock *)(zone->gigablocks + (uintptr_t)number * QUARRY_GIGABLOCK_STRIDE);
}
QUARRY_INLINE struct quarry_pageblock *quarry_zone_pageblock(struct quarry_zone *zone, intptr_t number) {
  uintptr_t place = (uintptr_t)number;  // unsigned: a division is a shift then
  struct quarry_gigablock *block = quarry_zone_gigablock(zone, (intptr_t)(place / QUARRY_PAGEBLOCKS_PER_GIGABLOCK));
  return (struct quarry_pageblock *)(block + 1) + place % QUARRY_PAGEBLOCKS_PER_GIGABLOCK;
}
// Bytes of the gigablock records, with their pageblocks, that this many pages need.
QUARRY_INLINE uintptr_t quarry_gigablock_bytes(uintptr_t pages) {
  uintptr_t whole = pages >> 18, rest = pages & ((1ul << 18) - 1);
  uintptr_t bytes = whole * QUARRY_GIGABLOCK_STRIDE;
  if (rest > 0) bytes += sizeof(struct quarry_gigablock) + (rest + 511) / 512 * sizeof(struct quarry_pageblock);
  return bytes;
}
QUARRY_INLINE uint64_t *quarry_gigablock_available(struct quarry_gigablock *block, intptr_t order) {
  return block->available[order];
}
QUARRY_INLINE uint16_t *quarry_gigablock_longest_runs(struct quarry_gigablock *block) { return block->longest_runs; }
QUARRY_INLINE uint64_t *quarry_buddy_map_free(struct quarry_buddy_map *map) { return map->free; }
QUARRY_INLINE struct quarry_buddy_map *quarry_gigablock_map(struct quarry_gigablock *block) { return &block->map; }
QUARRY_INLINE struct quarry_buddy_map *quarry_pageblock_map(struct quarry_pageblock *block) { return &block->map; }
QUARRY_INLINE uint64_t *quarry_pageblock_touched(struct quarry_pageblock *block) { return block->touched; }
QUARRY_INLINE struct quarry_heap_front *quarry_heap_front(struct quarry_heap *heap) { return &heap->front; }
QUARRY_INLINE struct quarry_list *quarry_heap_list(struct quarry_heap *heap, intptr_t size_class) {
  return &heap->front.lists[size_class];
}
// By the code of the class, without halving it.
QUARRY_INLINE struct quarry_list *quarry_heap_list_of_code(struct quarry_heap *heap, uint64_t code) {
  return (struct quarry_list *)((char *)heap->front.lists + code * 8);
}
QUARRY_INLINE struct quarry_sheaf *quarry_heap_sheaf(struct quarry_heap *heap, intptr_t slot) {
  return &heap->sheaves[slot];
}
// Takes room on a list. Volatile, so that the compiler changes the number where it is: free has no register for it.
QUARRY_INLINE void quarry_list_take_room(struct quarry_list *list) { --*(volatile int32_t *)&list->room; }
// The owner's mark that it is at work on slabs, and its end. Compiler barriers suffice: who claims the heap issues a
// membarrier, which is a full barrier on the owner's side.
QUARRY_INLINE void quarry_heap_mark(struct quarry_heap *heap) {
  __atomic_store_n(&heap->front.busy, 1, __ATOMIC_RELAXED);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
QUARRY_INLINE void quarry_heap_unmark(struct quarry_heap *heap) {
  __atomic_store_n(&heap->front.busy, 0, __ATOMIC_RELEASE);
}
QUARRY_INLINE struct quarry_thread_pages *quarry_heap_pages(struct quarry_heap *heap) { return &heap->pages; }
QUARRY_INLINE uint32_t *quarry_thread_pages_list(struct quarry_thread_pages *pages, intptr_t length) {
  return &pages->first[length - 1];
}
QUARRY_INLINE uint64_t *quarry_heap_posted(struct quarry_heap *heap) { return &heap->posted; }
QUARRY_INLINE uint32_t *quarry_heap_seen_events(struct quarry_heap *heap) { return &heap->seen_events; }
QUARRY_INLINE uint32_t *quarry_heap_crowded(struct quarry_heap *heap) { return &heap->crowded; }
QUARRY_INLINE uint32_t *quarry_heap_busy(struct quarry_heap *heap) { return &heap->front.busy; }
QUARRY_INLINE uint64_t *quarry_heap_tag(struct quarry_heap *heap) { return &heap->front.tag; }
QUARRY_INLINE uint64_t *quarry_heap_inbox(struct quarry_heap *heap, intptr_t size_class) {
  return &heap->inbox[size_class];
}
QUARRY_INLINE uint8_t *quarry_heap_swing(struct quarry_heap *heap, intptr_t size_class) {
  return &heap->swings[size_class];
}

QUARRY_INLINE struct quarry_cache *quarry_heap_cache(struct quarry_heap *heap, intptr_t size_class) {
  return &heap->caches[size_class];
}
#pragma clang assume_nonnull end
