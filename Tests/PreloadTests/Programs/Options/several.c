// expect: exit 0
// options: nonsense=1,foreign=perhaps,foreign=ignore,deepbind
// stderr: quarry: *nonsense*
// stderr: quarry: *perhaps*
// stderr: quarry: *deepbind*

// Each of several options counts for itself: what is wrong gets its line, what is right holds.

#include "check.h"

int main(void) {
  uses_quarry();
  static char buffer[256];
  free(hide(buffer + 64));
}
