// expect: exit 0
// stderr: quarry: QUARRY_OPTIONS: "12x": limit is a number of bytes, of at least 1M, which may end in K, M or G
// options: limit=12x
// links: quarry

// A wrong limit is told, and there is none.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  void *block = malloc(100 * MiB);
  CHECK(block != NULL);
  free(block);
}
