// expect: exit 0
// options: foreign=perhaps
// stderr: quarry: *perhaps*foreign*abort*libc*ignore*

// So is a value that an option does not know; its default holds.

#include "check.h"

int main(void) {
  uses_quarry();
  free(malloc(100));
}
