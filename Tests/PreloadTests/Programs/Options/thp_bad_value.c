// expect: exit 0
// options: thp=always
// stderr: quarry: *always*thp*madvise*never*

// Huge pages for everything are the system's to give.

#include "check.h"

int main(void) {
  uses_quarry();
  free(malloc(100));
}
