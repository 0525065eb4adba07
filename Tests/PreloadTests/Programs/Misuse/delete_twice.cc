// expect: abort
// options: sample=off
// stderr: quarry: *({pointer}): *double free*cache malloc-*
// args: object
// args: array
// args: aligned

// The operators notice as free does.

#include <new>
#include "check.h"

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  for (int times = 0; times < 2; times++) {
    static void *block;
    std::align_val_t wide{64};
    if (strcmp(arguments[1], "object") == 0) {
      if (times == 0) block = name_pointer(::operator new(24));
      ::operator delete(hide(block), 24);
    } else if (strcmp(arguments[1], "array") == 0) {
      if (times == 0) block = name_pointer(::operator new[](1000));
      ::operator delete[](hide(block));
    } else {
      if (times == 0) block = name_pointer(::operator new(300, wide));
      ::operator delete(hide(block), wide);
    }
  }
}
