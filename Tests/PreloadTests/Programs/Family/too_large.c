// expect: exit 0
// standard: yes

// Sizes that no object may have fail with ENOMEM in every function, and a block to resize stays as it was.

#include "check.h"

static void fails(void *block) {
  CHECK(block == NULL);
  CHECK(errno == ENOMEM);
  errno = 0;
}

int main(void) {
  uses_quarry();
  const size_t sizes[] = {
    (size_t)PTRDIFF_MAX - 4096, PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX - 4096, SIZE_MAX - 8, SIZE_MAX,
  };
  char *block = malloc(100);
  CHECK(block != NULL);
  fill(block, 100, 1);
  errno = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t size = hide_size(sizes[i]);
    fails(malloc(size));
    fails(calloc(1, size));
    fails(calloc(size, 1));
    fails(realloc(NULL, size));
    fails(realloc(hide(block), size));
    fails(reallocarray(hide(block), size, 1));
    fails(aligned_alloc(64, size));
    fails(memalign(4096, size));
    fails(memalign(MiB, size));
    fails(valloc(size));
    fails(pvalloc(size));
    void *untouched = block;
    CHECK(posix_memalign(&untouched, 64, size) == ENOMEM);
    CHECK(untouched == block);
  }
  fails(memalign(hide_size((size_t)1 << 62), 100));
  // Twice as much wraps around to what an object has.
  for (size_t had = 1; had <= 40000; had += had < 100 ? 1 : 1999) {
    char *object = malloc(had);
    fill(object, had, 2);
    fails(realloc(hide(object), hide_size((size_t)PTRDIFF_MAX + 1 + had)));
    fails(realloc(hide(object), hide_size(SIZE_MAX)));
    CHECK(holds(object, had, 2));
    free(object);
  }
  CHECK(holds(block, 100, 1));
  free(block);
}
