// expect: exit 0
// options: sample=sometimes
// stderr: quarry: QUARRY_OPTIONS: "sometimes": sample is off, or a mean number of bytes between samples, of 1 to 1024G, which may end in K, M or G

// A wrong value of `sample` gets its line, and the default holds.

#include "check.h"

int main(void) {
  uses_quarry();
  free(hide(malloc(100)));
  return 0;
}
