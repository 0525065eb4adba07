// The library's records as the program itself finds them in its memory: samples of its blocks, and their stacks.

#pragma once
#include <execinfo.h>
#include "check.h"
#ifndef __clang__
#define _Nullable
#define _Nonnull
#endif
#ifdef __cplusplus
#define _Static_assert static_assert
#endif
#include "../../../../CShim/include/quarry_profile_layout.h"

// The records, in the writable data of the library: the zone's word of magic tells them.
static inline struct quarry_records *records(void) {
  static struct quarry_records *found;
  if (found != NULL) return found;
  free(malloc(1));
  FILE *maps = fopen("/proc/self/maps", "r");
  CHECK(maps != NULL);
  char line[512];
  int is_library = 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    uintptr_t start, end;
    char access[5], path[400] = "";
    CHECK(sscanf(line, "%lx-%lx %4s %*s %*s %*s %399s", &start, &end, access, path) >= 3);
    // Zeroed data follows the file's, without a name.
    is_library = strstr(path, "libquarry") != NULL || (is_library && path[0] == 0);
    if (!is_library || access[1] != 'w') continue;
    for (uintptr_t at = start; at + sizeof(struct quarry_records) <= end; at += 64) {
      struct quarry_zone *zone = (struct quarry_zone *)at;
      if (zone->magic == (QUARRY_MAGIC ^ at)) found = (struct quarry_records *)at;
    }
  }
  fclose(maps);
  CHECK(found != NULL && found->zone.layout_version == QUARRY_LAYOUT_VERSION);
  return found;
}

static inline struct quarry_stack_table *stacks(void) { return records()->registry.stacks; }

static inline struct quarry_stack *stack_at(quarry_stack_id id) {
  CHECK(id != 0);
  return (struct quarry_stack *)((uint64_t *)stacks() + id);
}

// What the library knows of a block of the zone as a sample; NULL when it is none.
static inline struct quarry_sample_frame *sample_of(void *block) {
  struct quarry_zone *zone = &records()->zone;
  uintptr_t offset = (uintptr_t)block - zone->base;
  if (offset >= zone->extent || zone->page_map[offset >> 12] != QUARRY_ENTRY_RUN) return NULL;
  struct quarry_sample_frame *frame = (struct quarry_sample_frame *)&zone->frames[offset >> 12];
  return frame->kind == QUARRY_FRAME_SAMPLED ? frame : NULL;
}

static inline struct quarry_stack *stack_of(void *block) {
  struct quarry_sample_frame *sample = sample_of(block);
  CHECK(sample != NULL);
  return stack_at(sample->stack);
}

// Whether a stack has a frame in a function of so many bytes of code at most.
static inline bool passes(const struct quarry_stack *stack, const void *function, size_t bytes) {
  for (uint32_t i = 0; i < stack->depth; i++) {
    if (stack->frames[i] - (uintptr_t)function < bytes) return true;
  }
  return false;
}

// The sums of all stacks that pass a function.
static inline struct quarry_stack_sums sums_through(const void *function, size_t bytes) {
  struct quarry_stack_sums sums;
  memset(&sums, 0, sizeof sums);
  for (int bucket = 0; bucket < QUARRY_STACK_BUCKETS; bucket++) {
    for (quarry_stack_id id = stacks()->buckets[bucket]; id != 0; id = stack_at(id)->next) {
      const struct quarry_stack *stack = stack_at(id);
      if (!passes(stack, function, bytes)) continue;
      sums.samples += stack->sums.samples;
      sums.objects += stack->sums.objects;
      sums.bytes += stack->sums.bytes;
    }
  }
  return sums;
}

// Checks the stack of a sampled block that the caller asked for against libgcc's unwinder: equal but for the place within
// the caller, and the address after it for one that a signal interrupted. Inlined, so that the caller is the first frame.
static inline __attribute__((always_inline)) void check_stack(void *block) {
  void *expected[100];
  int count = backtrace(expected, 100);
  struct quarry_stack *stack = stack_of(block);
  CHECK(count > 1 && (int)stack->depth == (count > QUARRY_STACK_FRAMES ? QUARRY_STACK_FRAMES : count));
  CHECK(stack->is_cut == (count > QUARRY_STACK_FRAMES));
  for (uint32_t i = 1; i < stack->depth; i++) CHECK(stack->frames[i] - (uintptr_t)expected[i] <= 1);
}

// The unwinder that is compared with comes from a library, whose loading allocates.
static inline void warm_up(void) {
  void *frames[4];
  backtrace(frames, 4);
}
