// expect: exit 0 or abort
// options: sample=off
// stderr: quarry: *
// args: 24 40
// args: 24 400
// args: 1000 1100
// args: 4000 20000

// Writing beyond the end of a block, over its free neighbours. Arguments: size, bytes written.

#include "check.h"

enum { COUNT = 2000 };

static char *blocks[COUNT];

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 3);
  size_t size = strtoul(arguments[1], NULL, 10), written = strtoul(arguments[2], NULL, 10);
  for (int i = 0; i < COUNT; i++) CHECK((blocks[i] = malloc(size)) != NULL);
  for (int i = 0; i < COUNT; i++)
    if (i != COUNT / 2) free(blocks[i]);
  memset(hide(blocks[COUNT / 2]), 0x41, written);
  for (int i = 0; i < 2 * COUNT; i++) {
    char *block = malloc(size);
    CHECK(block != NULL);
    memset(block, 1, size);
  }
  free(blocks[COUNT / 2]);
}
