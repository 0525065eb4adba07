// expect: exit 0
// options: sample=1
// flags: -Wno-unknown-pragmas

// A sampled block behaves like any other: alignment, usable size, content over realloc, zeroes of calloc; and what is known
// of it stays true.

#include "profile.h"

static void small(size_t size) {
  char *block = malloc(size);
  struct quarry_sample_frame *sample = sample_of(block);
  CHECK(sample != NULL && sample->size == size && sample->size_class < QUARRY_CLASS_COUNT);
  CHECK(is_aligned(block, 16));
  size_t usable = malloc_usable_size(block);
  // As if its slab were shared.
  CHECK(usable >= size && usable <= (size <= 128 ? (size + 15) / 16 * 16 : size + size / 8 + 16));
  fill(block, usable, size);
  CHECK(realloc(block, usable) == block && holds(block, usable, size));
  char *larger = realloc(block, usable + 1);
  CHECK(larger != block && holds_part(larger, usable, usable, size));
  CHECK(sample_of(larger)->size == usable + 1);
  char *smaller = realloc(larger, size / 3 + 1);
  CHECK(holds_part(smaller, size / 3 + 1, usable, size));
  free(smaller);
  memset(malloc(size), 0xff, size);
  char *zeroed = calloc(1, size);
  CHECK(sample_of(zeroed) != NULL && all_bytes(zeroed, size, 0));
  free(zeroed);
  for (size_t alignment = 8; alignment <= 64 * KiB; alignment *= 2) {
    void *aligned = memalign(alignment, size);
    CHECK(is_aligned(aligned, alignment) && malloc_usable_size(aligned) >= size);
    CHECK(sample_of(aligned) != NULL);
    free(aligned);
  }
}

int main(void) {
  uses_quarry();
  for (size_t size = 16; size <= 20000; size = size * 3 / 2) small(size);

  // Whole pages: what a block gains belongs to the sample.
  char *run = malloc(100000);
  CHECK(sample_of(run)->size == 100000 && sample_of(run)->size_class == QUARRY_CLASS_COUNT);
  CHECK(malloc_usable_size(run) == 25 * 4096);
  fill(run, 100000, 1);
  for (size_t size = 100001; size < 30 * MiB; size = size * 5 / 4) {
    run = realloc(run, size);
    CHECK(holds_part(run, 100000, 100000, 1));
    struct quarry_sample_frame *sample = sample_of(run);
    CHECK(sample == NULL || sample->size == size);
    if (sample == NULL) break;  // moved to a mapping of its own
  }
  for (size_t size = 100 * MiB; size > 50000; size = size * 2 / 3) {
    run = realloc(run, size);
    CHECK(run != NULL && holds_part(run, 50000, 100000, 1));
    struct quarry_sample_frame *sample = sample_of(run);
    CHECK(sample == NULL || sample->size == size);
  }
  free(run);

  // A mapping of its own.
  void *area = malloc(100 * MiB);
  struct quarry_registry *registry = &records()->registry;
  struct quarry_area *found = NULL;
  for (uint32_t i = 0; i < registry->area_slots; i++) {
    if (registry->areas[i].address == (uintptr_t)area) found = &registry->areas[i];
  }
  CHECK(found != NULL && found->sampled_size == 100 * MiB && stack_at(found->stack)->depth > 0);
  free(area);
  return 0;
}
