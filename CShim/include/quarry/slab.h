// Objects (kmalloc and relatives) and slab caches (kmem_cache).
//
// Thread-safety: every function may be called from any thread at any time, but for kmem_cache_destroy, which no other
// use of the cache may overlap. In signal handlers: kmalloc, kzalloc, kcalloc, kmem_cache_alloc with GFP_ATOMIC or
// GFP_NOWAIT, and kfree, kmem_cache_free.
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
// What ksize would say of a block of kmalloc(size).
size_t kmalloc_size_roundup(size_t size) QUARRY_SYMBOL(kmalloc_size_roundup);

// The same family for blocks of any size. Here kmalloc's blocks are pages of one mapping anyway, so these differ in the
// limit on the size alone, and kfree and kvfree are one.
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

// Debugging: every request goes under the cache's lock, and what is wrong is said with the cache and the object.
#define SLAB_RED_ZONE 0x00000400u    // words around each object, checked with every request
#define SLAB_POISON 0x00000800u      // free objects are filled, and checked before they are handed out
#define SLAB_STORE_USER 0x00010000u  // the callers of an object's last allocation and free are kept for reports
// Placement and merging.
#define SLAB_HWCACHE_ALIGN 0x00002000u       // objects do not share cache lines needlessly
#define SLAB_RECLAIM_ACCOUNT 0x00020000u     // pages are counted and grouped as reclaimable
#define SLAB_TYPESAFE_BY_RCU 0x00080000u     // free objects keep their content, and their slabs stay
#define SLAB_NO_MERGE 0x01000000u            // slabs of its own
// Behaviour.
#define SLAB_PANIC 0x00040000u  // a cache that cannot be made ends the process

struct kmem_cache;

QUARRY_END
