// expect: exit 0
// standard: yes

// Each of the 8 operators new with each operator delete that fits, called by name.

#include <initializer_list>
#include <new>
#include "check.h"

using std::align_val_t;
using std::nothrow;

static void *written(void *block, size_t size, size_t alignment) {
  CHECK(block != nullptr);
  CHECK(is_aligned(block, alignment));
  CHECK(malloc_usable_size(block) >= size);
  fill(block, size, alignment);
  CHECK(holds(block, size, alignment));
  return block;
}

static void unaligned(size_t size) {
  size_t natural = size <= 8 ? 8 : 16;
  ::operator delete(written(::operator new(size), size, natural));
  ::operator delete(written(::operator new(size), size, natural), size);
  ::operator delete(written(::operator new(size, nothrow), size, natural));
  ::operator delete(written(::operator new(size, nothrow), size, natural), nothrow);
  ::operator delete[](written(::operator new[](size), size, natural));
  ::operator delete[](written(::operator new[](size), size, natural), size);
  ::operator delete[](written(::operator new[](size, nothrow), size, natural));
  ::operator delete[](written(::operator new[](size, nothrow), size, natural), nothrow);
}

static void aligned(size_t size, size_t alignment) {
  align_val_t a{alignment};
  ::operator delete(written(::operator new(size, a), size, alignment), a);
  ::operator delete(written(::operator new(size, a), size, alignment), size, a);
  ::operator delete(written(::operator new(size, a, nothrow), size, alignment), a);
  ::operator delete(written(::operator new(size, a, nothrow), size, alignment), a, nothrow);
  ::operator delete[](written(::operator new[](size, a), size, alignment), a);
  ::operator delete[](written(::operator new[](size, a), size, alignment), size, a);
  ::operator delete[](written(::operator new[](size, a, nothrow), size, alignment), a);
  ::operator delete[](written(::operator new[](size, a, nothrow), size, alignment), a, nothrow);
}

int main() {
  uses_quarry();
  ::operator delete(nullptr);
  ::operator delete(nullptr, 8);
  ::operator delete[](nullptr, align_val_t{64});
  for (size_t size : {0, 1, 8, 24, 100, 1000, 4096, 20000, 100000, 3000000, 80000000}) {
    for (int times = 0; times < (size < 30000 ? 100 : 2); times++) unaligned(size);
    for (size_t alignment = 16; alignment <= 2 * MiB; alignment *= 2) aligned(size, alignment);
  }
  CHECK(resident() < 32 * MiB);
}
