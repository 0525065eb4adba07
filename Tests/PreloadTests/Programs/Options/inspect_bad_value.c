// expect: exit 0
// options: inspect=all
// stderr: quarry: QUARRY_OPTIONS: "all": inspect is any, or left out

// A wrong value of `inspect` gets its line, and nobody new may read the process.

#include "check.h"

int main(void) {
  uses_quarry();
  free(hide(malloc(100)));
  return 0;
}
