// expect: exit 0
// standard: yes

// A request that cannot be met throws std::bad_alloc, which is caught; the nothrow forms return null.

#include <initializer_list>
#include <new>
#include "check.h"

using std::align_val_t;
using std::nothrow;

template <typename Body>
static bool throws(Body body) {
  try {
    body();
  } catch (const std::bad_alloc &) {
    return true;
  }
  return false;
}

int main() {
  uses_quarry();
  for (size_t huge : {(size_t)1 << 60, (size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX / 4 * 3}) {
    size_t size = hide_size(huge);
    for (int times = 0; times < 3; times++) {
      CHECK(throws([=] { return ::operator new(size); }));
      CHECK(throws([=] { return ::operator new[](size); }));
      CHECK(throws([=] { return ::operator new(size, align_val_t{64}); }));
      CHECK(throws([=] { return ::operator new[](size, align_val_t{4096}); }));
      CHECK(throws([=] { return ::operator new(size, align_val_t{4 * MiB}); }));
      CHECK(::operator new(size, nothrow) == nullptr);
      CHECK(::operator new[](size, nothrow) == nullptr);
      CHECK(::operator new(size, align_val_t{64}, nothrow) == nullptr);
      CHECK(::operator new[](size, align_val_t{4096}, nothrow) == nullptr);
    }
  }
  CHECK(throws([] { return hide(new char[hide_size(SIZE_MAX / 2)]); }));
}
