// expect: exit 0 or abort
// options: sample=off
// stderr: quarry: *
// args: 24 ones
// args: 24 letters
// args: 24 small
// args: 24 own
// args: 24 self
// args: 24 stack
// args: 24 zero
// args: 24 flipped
// args: 1000 ones
// args: 1000 letters
// args: 1000 own
// args: 1000 flipped
// args: 20480 ones

// Writing to freed blocks destroys the library's links. It may notice or not; but it never follows such a link out
// of its memory, and no block is returned that is in use.

#include "check.h"

enum { COUNT = 5000 };

static uint64_t *blocks[COUNT], *fresh[COUNT];

static uint64_t garbage(const char *kind, const uint64_t *block, const void *stack) {
  if (strcmp(kind, "ones") == 0) return UINT64_MAX;
  if (strcmp(kind, "letters") == 0) return 0x4141414141414141;
  if (strcmp(kind, "small") == 0) return 64;
  if (strcmp(kind, "own") == 0) return (uintptr_t)blocks[0];
  if (strcmp(kind, "self") == 0) return (uintptr_t)block;
  if (strcmp(kind, "stack") == 0) return (uintptr_t)stack;
  if (strcmp(kind, "flipped") == 0) return *block ^ 0x10;
  return 0;
}

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 3);
  size_t size = strtoul(arguments[1], NULL, 10);
  for (int i = 0; i < COUNT; i++) {
    CHECK((blocks[i] = malloc(size)) != NULL);
    memset(blocks[i], 0x5a, size);
  }
  for (int i = 1; i < COUNT; i += 2) free(hide(blocks[i]));
  for (int i = 1; i < COUNT; i += 2) {
    uint64_t *freed = hide(blocks[i]);
    *freed = garbage(arguments[2], freed, &size);
  }
  for (int i = 0; i < COUNT; i++) {
    CHECK((fresh[i] = malloc(size)) != NULL);
    memset(fresh[i], 0xc3, size);
  }
  for (int i = 0; i < COUNT; i += 2) CHECK(all_bytes(blocks[i], size, 0x5a));
  for (int i = 0; i < COUNT; i++) CHECK(all_bytes(fresh[i], size, 0xc3));
  for (int i = 0; i < COUNT; i++) free(fresh[i]);
}
