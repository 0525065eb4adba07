// expect: exit 0
// options: nonsense=1
// stderr: quarry: *nonsense*known*foreign*

// An option of an unknown name is complained of in one line, and the program goes on.

#include "check.h"

int main(void) {
  uses_quarry();
  free(malloc(100));
}
