// Marked blocks: a broken allocator is noticed where it breaks.
//
// The first word of a block holds its size, the last word a mark, both mixed with the block's address; in between,
// one byte in each page is written, so that resident memory is what a program that uses its blocks would have. An
// allocator that hands out overlapping blocks, or writes into a live one, destroys a mark, and the check before
// `free` says so. Whoever frees a block needs nothing but its address.
#pragma once

#include "random.h"
#include "workload.h"

#include <stdlib.h>

enum {
  /// A block needs room for its size.
  least_block = 8,
  /// The size from which a block has room for a mark at its end too.
  least_marked_block = 16,
  /// Every page in a larger block is touched.
  touched_page = 4096,
};

static inline uint64_t block_key(const void *block) {
  return (uint64_t)(uintptr_t)block * 0x9E3779B97F4A7C15u;
}

static inline void *block_allocated(void *block, size_t size) {
  if (block == NULL) workload_fail("no memory for a block of %zu bytes", size);
  return block;
}

/// Writes the marks of a block that has just been allocated.
static inline void block_mark(void *block, size_t size) {
  uint64_t key = block_key(block);
  uint64_t first = key ^ size;
  __builtin_memcpy(block, &first, sizeof first);
  if (size < least_marked_block) return;
  for (size_t page = touched_page; page + 8 < size; page += touched_page) ((char *)block)[page] = (char)page;
  uint64_t last = key + size;
  __builtin_memcpy((char *)block + size - sizeof last, &last, sizeof last);
}

/// Checks the marks of a block, and returns its size.
static inline size_t block_check(const void *block) {
  uint64_t key = block_key(block);
  uint64_t first;
  __builtin_memcpy(&first, block, sizeof first);
  uint64_t size = first ^ key;
  if (size < least_block || size >> 40 != 0) workload_fail("the block at %p was overwritten at its start", block);
  if (size < least_marked_block) return size;
  uint64_t last;
  __builtin_memcpy(&last, (const char *)block + size - sizeof last, sizeof last);
  if (last != key + size) {
    workload_fail("the block of %zu bytes at %p was overwritten at its end", (size_t)size, block);
  }
  return size;
}

/// A new block of at least `least_block` bytes.
static inline void *block_make(size_t size) {
  void *block = block_allocated(malloc(size), size);
  block_mark(block, size);
  return block;
}

/// Frees a block after checking it; returns the size it had.
static inline size_t block_drop(void *block) {
  size_t size = block_check(block);
  free(block);
  return size;
}

/// An array whose contents the workload keeps for itself.
static inline void *array_make(size_t count, size_t item) {
  return block_allocated(calloc(count, item), count * item);
}
