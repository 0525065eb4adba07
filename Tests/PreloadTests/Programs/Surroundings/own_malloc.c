// expect: exit 0

// A program with a malloc of its own keeps it: its symbols come before those of a preloaded library. What it does
// not define comes from there, as it would come from the C library.

#include "check.h"

static _Alignas(16) char heap[1 << 20];
static size_t used;

void *malloc(size_t size) {
  void *block = heap + used;
  used += (size + 15) & ~(size_t)15;
  return used <= sizeof heap ? block : NULL;
}

void *calloc(size_t count, size_t size) { return malloc(count * size); }

void *realloc(void *old, size_t size) {
  char *block = malloc(size);
  if (old != NULL && block != NULL) memmove(block, old, size);
  return block;
}

void free(void *block) { (void)block; }

int main(void) {
  char *block = strdup("in the program's heap");
  CHECK(block >= heap && block < heap + sizeof heap);
  free(block);
}
