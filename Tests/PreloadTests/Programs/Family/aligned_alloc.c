// expect: exit 0
// standard: yes

// aligned_alloc and memalign take every power of two, also below a pointer's size, and any size.

#include "check.h"

static void try_one(void *(*allocate)(size_t, size_t), size_t alignment, size_t size) {
  void *block = allocate(alignment, size);
  CHECK(block != NULL);
  CHECK(is_aligned(block, alignment));
  CHECK(is_aligned(block, size <= 8 ? 8 : 16));
  CHECK(malloc_usable_size(block) >= size);
  fill(block, size, alignment);
  void *neighbour = allocate(alignment, size);
  CHECK(neighbour != NULL);
  fill(neighbour, size, 1);
  CHECK(holds(block, size, alignment));
  free(block);
  free(neighbour);
}

int main(void) {
  uses_quarry();
  for (size_t alignment = 1; alignment <= 64 * MiB; alignment *= 2) {
    const size_t sizes[] = {0, 1, 7, 24, 40, 300, 1000, 3000, 5000, 40000, alignment, 3 * alignment};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      try_one(aligned_alloc, alignment, sizes[i]);
      try_one(memalign, alignment, sizes[i]);
    }
  }
}
