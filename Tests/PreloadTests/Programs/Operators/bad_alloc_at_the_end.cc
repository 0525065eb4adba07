// expect: exit 0

// A size so large that rounding it up to the alignment would wrap fails as well. (libstdc++ 12 returns a block.)

#include <initializer_list>
#include <new>
#include "check.h"

using std::align_val_t;
using std::nothrow;

int main() {
  uses_quarry();
  for (size_t huge : {SIZE_MAX - 4094, SIZE_MAX - 8, SIZE_MAX}) {
    size_t size = hide_size(huge);
    CHECK(::operator new(size, nothrow) == nullptr);
    CHECK(::operator new(size, align_val_t{4096}, nothrow) == nullptr);
    CHECK(::operator new[](size, align_val_t{4096}, nothrow) == nullptr);
    bool thrown = false;
    try {
      ::operator delete(::operator new(size, align_val_t{4096}), align_val_t{4096});
    } catch (const std::bad_alloc &) {
      thrown = true;
    }
    CHECK(thrown);
  }
}
