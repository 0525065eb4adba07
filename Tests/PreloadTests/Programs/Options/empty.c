// expect: exit 0
// env: QUARRY_OPTIONS=

// An empty list of options is none.

#include "check.h"

int main(void) {
  uses_quarry();
  CHECK(getenv("QUARRY_OPTIONS") != NULL);
  free(malloc(100));
}
