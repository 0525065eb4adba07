// expect: exit 0
// stderr: quarry: kmem_cache_create(wide, 4294967295, 16, 0x0): an object has 1 to 4194304 bytes
// stderr: quarry: kmem_cache_create(none, 0, 16, 0x0): an object has 1 to 4194304 bytes
// stderr: quarry: kmem_cache_create(aligned, 64, 4294967295, 0x0): an alignment is 0 or a power of two up to 4194304
// stderr: quarry: kmem_cache_create(odd, 64, 24, 0x0): an alignment is 0 or a power of two up to 4194304
// links: quarry
// flags: -std=c++17

// What the C++ side of caches refuses, by an exception. Numbers beyond what a cache's functions take are not cut off.

#include <quarry/memory_resource.hpp>

#include "check.h"

template <class Error, class Body>
static bool throws(Body body) {
  try {
    body();
  } catch (const Error &) {
    return true;
  }
  return false;
}

int main() {
  constexpr size_t beyond = size_t{1} << 32;
  CHECK(throws<std::bad_alloc>([] { quarry::slab_cache cache("wide", beyond + 64, 16); }));
  CHECK(throws<std::bad_alloc>([] { quarry::slab_cache cache("none", 0, 16); }));
  CHECK(throws<std::bad_alloc>([] { quarry::slab_resource resource("aligned", 64, beyond); }));
  CHECK(throws<std::bad_alloc>([] { quarry::slab_cache cache("odd", 64, 24); }));

  quarry::slab_allocator<long> allocator;
  CHECK(throws<std::bad_array_new_length>([&] { (void)allocator.allocate(SIZE_MAX / 4); }));
  quarry::slab_cache cache("right", 64, 16);
  CHECK(throws<std::bad_alloc>([&] { (void)cache.allocate(SIZE_MAX - 8, 16); }));
  CHECK(throws<std::bad_alloc>([&] { (void)cache.allocate(100, 64 * MiB); }));
  void *block = cache.allocate(64, 16), *other = cache.allocate(8, 4096);
  CHECK(cache.serves(64, 16) && !cache.serves(8, 4096) && is_aligned(other, 4096));
  cache.deallocate(block, 64, 16);
  cache.deallocate(other, 8, 4096);
}
