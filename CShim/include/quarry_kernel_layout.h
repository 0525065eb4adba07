// The records of the kernel interface's slab caches. Zeroed, in memory that programs never get, and untouched by programs
// that do not use the interface.
//
// Each mutable field names its guard: a lock, "owner" (the thread whose heap it is), or "atomic".
#pragma once
#include "quarry/slab.h"
#include "quarry_layout.h"

#pragma clang assume_nonnull begin

// Free objects of one cache: an array of addresses. Guarded by: who has it, a thread, the barn's lock or a program
struct slab_sheaf {
  uint32_t count;
  uint32_t capacity;
  struct kmem_cache *cache;           // read-only
  uintptr_t seal;                     // of one that the program has, else 0
  struct slab_sheaf *_Nullable next;  // in a barn's list
  uint64_t before;                    // the word before the first object is 0, which is no object
  uintptr_t objects[];
};

// The main sheaf of slots that are not in use: empty and full at once, and of a cache that nobody has a handle of, so that
// both fast paths leave it.
#define QUARRY_NO_CACHE ((struct kmem_cache *)1)
extern const struct slab_sheaf quarry_sealed_sheaf;

// What a thread has of one cache. A heap has a table of them by the caches' numbers.
struct quarry_cache_slot {
  struct slab_sheaf *main;             // where objects are taken and put. Guarded by: owner
  struct slab_sheaf *_Nullable spare;  // changes places with it; NULL when the slot is not in use. Guarded by: owner
};

// Who had an object last: return addresses in the program.
struct quarry_track {
  uintptr_t allocated_by;
  uintptr_t freed_by;
};

// A slab of a named cache: pages with objects, of which these bits say which are at home. Its first page's frame holds the
// address of this record and the cache's number.
struct quarry_object_slab {
  struct quarry_object_slab *_Nullable next;      // list of the cache. Guarded by: the cache's lock
  struct quarry_object_slab *_Nullable previous;  // same
  struct kmem_cache *cache;                       // read-only
  uint32_t first_page;                            // read-only
  uint32_t home;                                  // objects at home. Guarded by: the cache's lock
  uintptr_t next_posted;                          // in the cache's stack. Guarded by: who pushed the slab
  uint32_t is_posted;                             // 1 when in that stack. atomic
  uint32_t posters;                               // threads on their way to put it there. atomic
  // Words of bits, one an object: `capacity` bits at home (guarded by the cache's lock), as many posted (atomic); then,
  // with SLAB_STORE_USER, a quarry_track an object (guarded by the cache's lock).
  uint64_t bits[];
};

struct quarry_slab_list {
  struct quarry_object_slab *_Nullable first;
  uint64_t count;
};

// A named cache, or the handle of a general one into which like caches merged.
struct kmem_cache {
  // Read-only while the cache lives.
  uint32_t number;          // from 1; QUARRY_CACHE_MERGED for a general cache, which no slot table reaches
  uint32_t owner;           // of its pages in the page map; QUARRY_CACHE_UNOWNED when the number has no such tag
  uint64_t inverse;         // ceil(2^64 / stride)
  size_t object_size;       // bytes that the program asked for: the most of what merged. Guarded by: the interface's lock
  size_t stride;            // bytes from one object to the next
  size_t offset;            // of an object within its stride: behind a red zone
  size_t alignment;
  uint32_t slab_pages;
  uint32_t capacity;        // objects of a slab
  uint32_t sheaf_capacity;  // 0: no sheaves, every request takes the lock
  uint32_t size_class;      // of a general cache
  slab_flags_t flags;
  uint32_t barn_limit;      // full sheaves that wait at most: the next one's objects go home
  void (*_Nullable constructor)(void *object);
  const char *name;

  // Guarded by: the kernel interface's lock
  uint32_t references;      // kmem_cache_create calls that it serves: several where caches merged

  struct quarry_lock lock;
  // Guarded by: lock
  struct quarry_slab_list partial, full, empty;
  struct slab_sheaf *_Nullable full_sheaves;   // the barn
  struct slab_sheaf *_Nullable empty_sheaves;
  uint32_t full_sheaf_count;
  uint32_t slots;           // threads that have one. Guarded by: the kernel interface's lock

  // atomic: the slabs with posted objects, a stack
  uintptr_t posted;
  uint32_t has_warned;      // a constructor was spared __GFP_ZERO, and it was said
  uint32_t padding;

  uintptr_t seal;           // while handles of it are out. Guarded by: the kernel interface's lock
};
#define QUARRY_CACHE_MERGED 0xffffffffu
#define QUARRY_CACHE_UNOWNED 0xffffffffu

#define QUARRY_METADATA_BINS 11  // 32 bytes to 32 KiB

// What a mapping of the interface's records begins with. Guarded by: metadata_lock
struct quarry_metadata_map {
  struct quarry_metadata_map *_Nullable next, *_Nullable previous;
  size_t bytes;  // of the whole mapping
  uint64_t padding;
};

struct quarry_kernel {
  struct quarry_lock lock;
  // 1 once signal handlers may use the interface: quarry_init() was called, or GFP_ATOMIC or GFP_NOWAIT was asked for.
  // From then on no free touches a thread's lists, which the handler may have interrupted. atomic
  uint32_t serves_handlers;

  // Guarded by: lock
  uint32_t cache_count;     // numbers given out are below it; number 0 is nobody's
  uint32_t cache_slots;
  struct kmem_cache *_Nullable *_Nullable caches;  // by number
  struct kmem_cache *_Nullable merged[QUARRY_CLASS_COUNT];
  // Caches of kmalloc's objects with __GFP_RECLAIMABLE, and of those with __GFP_ACCOUNT, by size class.
  struct kmem_cache *_Nullable grouped[2][QUARRY_CLASS_COUNT];

  struct quarry_lock metadata_lock;
  // Guarded by: metadata_lock
  uint32_t padding;
  struct quarry_metadata_map *_Nullable metadata_maps;
  uintptr_t metadata_free[QUARRY_METADATA_BINS];
  uintptr_t metadata_next;  // what is left of the latest chunk
  uintptr_t metadata_end;

  struct quarry_kernel_hooks hooks;
};
extern struct quarry_kernel quarry_kernel_records;

QUARRY_INLINE struct quarry_kernel *quarry_kernel_record(void) { return &quarry_kernel_records; }
QUARRY_INLINE struct quarry_lock *quarry_kernel_lock(struct quarry_kernel *kernel) { return &kernel->lock; }
QUARRY_INLINE uint32_t *quarry_kernel_serves_handlers(struct quarry_kernel *kernel) {
  return &kernel->serves_handlers;
}
QUARRY_INLINE struct kmem_cache *_Nullable *_Nonnull quarry_kernel_merged(struct quarry_kernel *kernel, intptr_t size_class) {
  return &kernel->merged[size_class];
}
QUARRY_INLINE struct kmem_cache *_Nullable *_Nonnull quarry_kernel_grouped(struct quarry_kernel *kernel,
                                                                           intptr_t group, intptr_t size_class) {
  return &kernel->grouped[group][size_class];
}
QUARRY_INLINE struct quarry_lock *quarry_kernel_metadata_lock(struct quarry_kernel *kernel) {
  return &kernel->metadata_lock;
}
QUARRY_INLINE uintptr_t *quarry_kernel_metadata_free(struct quarry_kernel *kernel, intptr_t bin) {
  return &kernel->metadata_free[bin];
}
QUARRY_INLINE struct quarry_kernel_hooks *quarry_kernel_hook_record(struct quarry_kernel *kernel) {
  return &kernel->hooks;
}
QUARRY_INLINE uintptr_t *quarry_cache_seal(struct kmem_cache *cache) { return &cache->seal; }
QUARRY_INLINE uintptr_t *quarry_sheaf_seal(struct slab_sheaf *sheaf) { return &sheaf->seal; }
QUARRY_INLINE struct quarry_lock *quarry_cache_lock(struct kmem_cache *cache) { return &cache->lock; }
QUARRY_INLINE struct quarry_slab_list *quarry_cache_partial(struct kmem_cache *cache) { return &cache->partial; }
QUARRY_INLINE struct quarry_slab_list *quarry_cache_full(struct kmem_cache *cache) { return &cache->full; }
QUARRY_INLINE struct quarry_slab_list *quarry_cache_empty(struct kmem_cache *cache) { return &cache->empty; }
QUARRY_INLINE uintptr_t *quarry_cache_posted(struct kmem_cache *cache) { return &cache->posted; }
QUARRY_INLINE uint64_t *quarry_object_slab_bits(struct quarry_object_slab *slab) { return slab->bits; }
QUARRY_INLINE uint32_t *quarry_object_slab_is_posted(struct quarry_object_slab *slab) { return &slab->is_posted; }
QUARRY_INLINE uint32_t *quarry_object_slab_posters(struct quarry_object_slab *slab) { return &slab->posters; }
QUARRY_INLINE struct slab_sheaf *quarry_sheaf_sealed(void) { return (struct slab_sheaf *)&quarry_sealed_sheaf; }
QUARRY_INLINE uintptr_t *quarry_sheaf_objects(struct slab_sheaf *sheaf) { return sheaf->objects; }

// The slow ways of kmem_cache_alloc and kmem_cache_free, and what they call in Swift with the caller's address.
uintptr_t quarry_cache_allocate_slow(struct kmem_cache *_Nullable cache, gfp_t flags);
void quarry_cache_free_slow(struct kmem_cache *_Nullable cache, uintptr_t object);
uintptr_t quarry_cache_allocate_for(struct kmem_cache *_Nullable cache, gfp_t flags, uintptr_t caller);
void quarry_cache_free_for(struct kmem_cache *_Nullable cache, uintptr_t object, uintptr_t caller);

// The function that an address lies in, or else the file, and the distance from its start; NULL when nobody knows.
const char *_Nullable quarry_symbol_of(uintptr_t address, uintptr_t *offset);

#pragma clang assume_nonnull end
