// Objects (kmalloc and relatives) and slab caches (kmem_cache).
//
// Thread-safety: every function may be called from any thread at any time, but for kmem_cache_destroy, which no other
// use of the cache may overlap. In signal handlers: kmalloc, kzalloc, kcalloc, kmem_cache_alloc with GFP_ATOMIC or
// GFP_NOWAIT, and kfree, kmem_cache_free.
//
// A cache or sheaf that is NULL (but in kmem_cache_destroy), something else, or has ended, ends the process with one line, as
// far as it leads to memory that can be read.
#pragma once
#include <string.h>

#include "gfp.h"

QUARRY_BEGIN

// MARK: Objects

// What a request for 0 bytes gets: not NULL, not to be dereferenced, and welcome in kfree.
#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(block) ((uintptr_t)(block) <= (uintptr_t)ZERO_SIZE_PTR)

// The largest request that kmalloc serves, in bytes; kvmalloc serves larger ones.
#define KMALLOC_MAX_SIZE ((size_t)1 << 22)

// A block of at least `size` bytes, aligned to the largest power of two that divides `size`, and to 16 bytes when it is
// larger than 8.
// Returns NULL when there is no memory, or `size` is above KMALLOC_MAX_SIZE.
// Constant time but for refills.
void *kmalloc(size_t size, gfp_t flags) QUARRY_SYMBOL(kmalloc) QUARRY_FRESH QUARRY_SIZED(1);
// The same, zeroed.
void *kzalloc(size_t size, gfp_t flags) QUARRY_SYMBOL(kzalloc) QUARRY_FRESH QUARRY_SIZED(1);
// An array of `count` times `size` bytes; NULL when the product overflows.
void *kmalloc_array(size_t count, size_t size, gfp_t flags) QUARRY_SYMBOL(kmalloc_array)
    QUARRY_FRESH QUARRY_COUNTED(1, 2);
// The same, zeroed.
void *kcalloc(size_t count, size_t size, gfp_t flags) QUARRY_SYMBOL(kcalloc) QUARRY_FRESH QUARRY_COUNTED(1, 2);

// Resizes a block, which may move, and keeps its contents up to the smaller size. With __GFP_ZERO the bytes beyond the
// old block read as zero, where the block was allocated with __GFP_ZERO and every resize since had it, too.
// NULL as the block allocates, `size` 0 frees it and returns ZERO_SIZE_PTR.
// Returns NULL when there is no memory; the old block stays then.
void *krealloc(const void *block, size_t size, gfp_t flags) QUARRY_SYMBOL(krealloc)
    __attribute__((warn_unused_result)) QUARRY_SIZED(2);
// krealloc to `count` times `size` bytes; NULL when the product overflows, and the old block stays.
void *krealloc_array(void *block, size_t count, size_t size, gfp_t flags) QUARRY_SYMBOL(krealloc_array)
    __attribute__((warn_unused_result)) QUARRY_COUNTED(2, 3);

// Gives a block back: of any function of this header, or of malloc. NULL and ZERO_SIZE_PTR are nothing.
void kfree(const void *block) QUARRY_SYMBOL(kfree);
// The same, and every byte of the block is zero before anybody else gets it.
void kfree_sensitive(const void *block) QUARRY_SYMBOL(kfree_sensitive);

// Bytes that may be used of a block; 0 for NULL and ZERO_SIZE_PTR.
size_t ksize(const void *block) QUARRY_SYMBOL(ksize);
// What ksize says of a block of kmalloc(size, GFP_KERNEL); with other flags it may say more, but never less.
size_t kmalloc_size_roundup(size_t size) QUARRY_SYMBOL(kmalloc_size_roundup);

// The same family for blocks of any size. Here kmalloc's blocks are pages of one mapping anyway, so these differ in the
// limit on the size alone, and kfree and kvfree are one. Larger blocks are aligned as those of KMALLOC_MAX_SIZE at most.
void *kvmalloc(size_t size, gfp_t flags) QUARRY_SYMBOL(kvmalloc) QUARRY_FRESH QUARRY_SIZED(1);
void *kvzalloc(size_t size, gfp_t flags) QUARRY_SYMBOL(kvzalloc) QUARRY_FRESH QUARRY_SIZED(1);
void *kvmalloc_array(size_t count, size_t size, gfp_t flags) QUARRY_SYMBOL(kvmalloc_array)
    QUARRY_FRESH QUARRY_COUNTED(1, 2);
void *kvcalloc(size_t count, size_t size, gfp_t flags) QUARRY_SYMBOL(kvcalloc) QUARRY_FRESH QUARRY_COUNTED(1, 2);
void *kvrealloc(const void *block, size_t size, gfp_t flags) QUARRY_SYMBOL(kvrealloc)
    __attribute__((warn_unused_result)) QUARRY_SIZED(2);
void kvfree(const void *block) QUARRY_SYMBOL(kvfree);

// Copies of a string, of at most `length` characters of it (always terminated), and of `length` bytes.
// NULL when there is no memory, or the source is NULL.
char *kstrdup(const char *string, gfp_t flags) QUARRY_SYMBOL(kstrdup) QUARRY_FRESH;
char *kstrndup(const char *string, size_t length, gfp_t flags) QUARRY_SYMBOL(kstrndup) QUARRY_FRESH;
void *kmemdup(const void *source, size_t length, gfp_t flags) QUARRY_SYMBOL(kmemdup) QUARRY_FRESH QUARRY_SIZED(2);

// MARK: Caches

typedef unsigned int slab_flags_t;

// Debugging: every request goes under the cache's lock, what is wrong is said in one line with the cache and the object,
// and ends the process.
#define SLAB_RED_ZONE 0x00000400u    // words before and behind each object, checked with every request
#define SLAB_POISON 0x00000800u      // free objects are filled, and checked before they are handed out again
#define SLAB_STORE_USER 0x00010000u  // the callers of an object's last allocation and free are kept for reports
// Placement and merging.
#define SLAB_HWCACHE_ALIGN 0x00002000u    // objects begin at cache lines; small ones, at halves and quarters of one
#define SLAB_RECLAIM_ACCOUNT 0x00020000u  // pages are grouped and counted as reclaimable
#define SLAB_ACCOUNT 0x04000000u          // pages are counted by quarry_accounted_pages
#define SLAB_TYPESAFE_BY_RCU 0x00080000u  // free objects keep their content, and slabs stay until kmem_cache_shrink
#define SLAB_NO_MERGE 0x01000000u         // slabs of its own
// Behaviour.
#define SLAB_PANIC 0x00040000u  // a cache that cannot be made ends the process

struct kmem_cache;

// A cache of objects of `size` bytes at multiples of `align` (a power of two; 0 for any: 16, or 8 up to 8 bytes). A
// constructor sees every object once, when its slab is made, and its work is still there when an object comes back: it
// may allocate, but not from this cache.
// Without a constructor, debugging flags, SLAB_TYPESAFE_BY_RCU and SLAB_NO_MERGE the cache merges with one that is like it,
// under whose name it is reported: up to a page with the general one of its size, so that objects come from malloc's lists;
// above, and where SLAB_RECLAIM_ACCOUNT or SLAB_ACCOUNT say so, with an earlier one of the same size and the same of these.
// Returns NULL, with a line on standard error, when an argument is wrong or there is no memory.
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
                                     void (*constructor)(void *object)) QUARRY_SYMBOL(kmem_cache_create)
    __attribute__((warn_unused_result));
// A cache for objects of `struct type`.
#define KMEM_CACHE(type, flags) \
  kmem_cache_create(#type, sizeof(struct type), __alignof__(struct type), (flags), NULL)

// Ends a cache of which no object is live, and that nobody uses meanwhile. If objects are live, it says which, and the
// cache stays: free them, and call again. A merged cache is destroyed as often as it was created, and goes with the last.
void kmem_cache_destroy(struct kmem_cache *cache) QUARRY_SYMBOL(kmem_cache_destroy);
// Gives back what the cache does not need: the calling thread's sheaves, the barn, and empty slabs.
// Returns 0 when no slab is left, else 1.
int kmem_cache_shrink(struct kmem_cache *cache) QUARRY_SYMBOL(kmem_cache_shrink);
// Bytes of an object, as the cache was made. Of a merged one, those of its largest user.
unsigned int kmem_cache_size(struct kmem_cache *cache) QUARRY_SYMBOL(kmem_cache_size);

// An object; NULL when there is no memory. Constant time but for refills.
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags) QUARRY_SYMBOL(kmem_cache_alloc) QUARRY_FRESH;
// The same, zeroed; not for caches with a constructor, whose work stays, with a line that says so.
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t flags) QUARRY_SYMBOL(kmem_cache_zalloc) QUARRY_FRESH;
// Gives an object back to the cache that it came from; kfree and free do, too. NULL is nothing. A second free of an object
// ends the process with one line: at once where no other object of the cache was freed by the thread in between, else when
// its sheaf is emptied; with debugging flags always at once.
void kmem_cache_free(struct kmem_cache *cache, void *object) QUARRY_SYMBOL(kmem_cache_free);
// `count` objects at once. Returns `count`, or 0 and no object when there is no memory for all.
int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t flags, size_t count, void **objects)
    QUARRY_SYMBOL(kmem_cache_alloc_bulk) __attribute__((warn_unused_result));
// Frees `count` objects at once. A NULL cache stands for each object's own.
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t count, void **objects) QUARRY_SYMBOL(kmem_cache_free_bulk);

// MARK: Prefilled sheaves

// Objects set aside, so that what follows cannot fail.
struct slab_sheaf;

// A sheaf with at least `count` objects; NULL when there is no memory.
struct slab_sheaf *kmem_cache_prefill_sheaf(struct kmem_cache *cache, gfp_t flags, unsigned int count)
    QUARRY_SYMBOL(kmem_cache_prefill_sheaf) __attribute__((warn_unused_result));
// Fills a sheaf up to `count` objects again; a larger one takes its place where need be. Returns 0, or -ENOMEM, and the
// sheaf is as it was.
int kmem_cache_refill_sheaf(struct kmem_cache *cache, gfp_t flags, struct slab_sheaf **sheaf, unsigned int count)
    QUARRY_SYMBOL(kmem_cache_refill_sheaf) __attribute__((warn_unused_result));
// Objects in a sheaf.
unsigned int kmem_cache_sheaf_size(struct slab_sheaf *sheaf) QUARRY_SYMBOL(kmem_cache_sheaf_size);
// An object of a sheaf; NULL when it is empty. Never waits; of the flags __GFP_ZERO alone counts.
void *kmem_cache_alloc_from_sheaf(struct kmem_cache *cache, gfp_t flags, struct slab_sheaf *sheaf)
    QUARRY_SYMBOL(kmem_cache_alloc_from_sheaf) __attribute__((warn_unused_result));
// Gives a sheaf back, with what is left in it.
void kmem_cache_return_sheaf(struct kmem_cache *cache, gfp_t flags, struct slab_sheaf *sheaf)
    QUARRY_SYMBOL(kmem_cache_return_sheaf);

QUARRY_END
