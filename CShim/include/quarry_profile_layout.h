// The records of the heap profile: which allocations were sampled, and where the program asked for them.
//
// Samples are taken by bytes (`quarry_registry.sample_interval`, the mean distance): a request for `size` bytes is sampled
// with the probability p = 1 - exp(-size / interval), whatever was requested before, so that each sample stands for
// 1 / p requests like it. Sums of these weights are unbiased.
//
// What is in use: each live sampled block tells of itself, a block of whole pages in its first page's frame
// (QUARRY_FRAME_SAMPLED), a block with a mapping of its own in its `quarry_area`. What was ever allocated: the stacks' sums.
#pragma once
#include "quarry_layout.h"

#pragma clang assume_nonnull begin

// A stack's place in the table, in words of 8 bytes from the table's start. 0: a stack that found no room.
typedef uint32_t quarry_stack_id;

// Most frames of a stack.
#define QUARRY_STACK_FRAMES 64

// What was ever allocated at one place. atomic, each by itself
struct quarry_stack_sums {
  uint64_t samples;  // taken there
  uint64_t objects;  // requests that they stand for, in units of 1 / (1 << QUARRY_WEIGHT_SHIFT)
  uint64_t bytes;    // that those asked for
  // How much both sums scatter: the variance of each sample's part, (1 - p) / p^2 for the requests, summed up. Bits of doubles.
  uint64_t objects_variance;
  uint64_t bytes_variance;
};
#define QUARRY_WEIGHT_SHIFT 16

// Return addresses that led to an allocation, innermost first. In the table from when its bucket leads to it, for good;
// read-only then, but for the sums.
struct quarry_stack {
  quarry_stack_id next;  // of the same bucket
  uint32_t hash;         // of the frames; its low bits are the bucket's number
  uint32_t depth;        // frames that follow
  uint32_t is_cut;       // 1 when the stack has more
  struct quarry_stack_sums sums;
  uint64_t frames[];
};

#define QUARRY_STACK_BUCKETS 4096
#define QUARRY_UNWIND_ROWS 1024
#define QUARRY_TABLE_WINDOWS 16

// The stacks, in QUARRY_STACK_TABLE_BYTES of addresses of their own, which are opened as they fill.
struct quarry_stack_table {
  uint64_t opened;  // atomic: bytes from the start that may be read
  uint64_t used;    // atomic: bytes from the start that were asked for; beyond the end once the table is full
  struct quarry_stack_sums other;                 // of the samples whose stacks found no room
  quarry_stack_id buckets[QUARRY_STACK_BUCKETS];  // atomic: 0 ends
  uint64_t rows[QUARRY_UNWIND_ROWS];              // atomic: how to leave a function, for the library's own use
  uint64_t windows[QUARRY_TABLE_WINDOWS];         // atomic: parts of unwind tables that were read and may be in memory
};
#define QUARRY_STACK_TABLE_BYTES (4u << 20)

// What a frame says of a sampled block. Guarded by: the block's owner
struct quarry_sample_frame {
  uint64_t size;          // requested, bytes
  quarry_stack_id stack;  // where it was
  uint32_t heap;          // number of the heap of the thread that asked
  uint32_t padding0;
  uint32_t pages;         // its length, as in struct quarry_frame
  uint16_t padding1[2];
  uint8_t size_class;     // of an object, which has pages of its own while others of its class share slabs; else
                          // QUARRY_CLASS_COUNT: it would have them without being sampled
  uint8_t padding2;
  uint8_t kind;           // QUARRY_FRAME_SAMPLED
  uint8_t padding3;
};
_Static_assert(sizeof(struct quarry_sample_frame) == sizeof(struct quarry_frame), "both describe a page");
_Static_assert(offsetof(struct quarry_sample_frame, pages) == offsetof(struct quarry_frame, pages), "one place");
_Static_assert(offsetof(struct quarry_sample_frame, size_class) == offsetof(struct quarry_frame, size_class), "one place");
_Static_assert(offsetof(struct quarry_sample_frame, kind) == offsetof(struct quarry_frame, kind), "one place");

// Accessors, as in quarry_accessors.h.
QUARRY_INLINE struct quarry_stack_table *_Nullable *_Nonnull quarry_registry_stacks(struct quarry_registry *registry) {
  return &registry->stacks;
}
QUARRY_INLINE quarry_stack_id *quarry_stack_bucket(struct quarry_stack_table *table, uint32_t hash) {
  return &table->buckets[hash % QUARRY_STACK_BUCKETS];
}
QUARRY_INLINE struct quarry_stack *quarry_stack_at(struct quarry_stack_table *table, quarry_stack_id id) {
  return (struct quarry_stack *)((uint64_t *)table + id);
}
QUARRY_INLINE uint64_t *quarry_stack_frames(struct quarry_stack *stack) { return stack->frames; }
QUARRY_INLINE struct quarry_stack_sums *quarry_stack_sums(struct quarry_stack *stack) { return &stack->sums; }
QUARRY_INLINE uint64_t *quarry_sums_samples(struct quarry_stack_sums *sums) { return &sums->samples; }
QUARRY_INLINE uint64_t *quarry_sums_objects(struct quarry_stack_sums *sums) { return &sums->objects; }
QUARRY_INLINE uint64_t *quarry_sums_bytes(struct quarry_stack_sums *sums) { return &sums->bytes; }
QUARRY_INLINE uint64_t *quarry_sums_objects_variance(struct quarry_stack_sums *sums) { return &sums->objects_variance; }
QUARRY_INLINE uint64_t *quarry_sums_bytes_variance(struct quarry_stack_sums *sums) { return &sums->bytes_variance; }
QUARRY_INLINE struct quarry_stack_sums *quarry_stack_table_other(struct quarry_stack_table *table) {
  return &table->other;
}
QUARRY_INLINE uint64_t *quarry_stack_table_opened(struct quarry_stack_table *table) { return &table->opened; }
QUARRY_INLINE uint64_t *quarry_stack_table_used(struct quarry_stack_table *table) { return &table->used; }
QUARRY_INLINE struct quarry_sample_frame *quarry_frame_as_sample(struct quarry_frame *frame) {
  return (struct quarry_sample_frame *)frame;
}
QUARRY_INLINE uint64_t *quarry_unwind_row(struct quarry_stack_table *table, uint32_t number) {
  return &table->rows[number % QUARRY_UNWIND_ROWS];
}
QUARRY_INLINE uint64_t *quarry_table_window(struct quarry_stack_table *table, uint32_t number) {
  return &table->windows[number % QUARRY_TABLE_WINDOWS];
}
#pragma clang assume_nonnull end
