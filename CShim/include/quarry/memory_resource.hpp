// Slab caches for C++ programs: an owner, a std::pmr::memory_resource and an STL allocator. C++17; link with -lquarry.
#pragma once
#include <cstddef>
#include <limits>
#include <memory_resource>
#include <new>

#include "slab.h"

namespace quarry {

// A slab cache that ends with its owner. Objects must be freed before; if some are live, Quarry says which.
class slab_cache {
 public:
  // Throws std::bad_alloc when there is no memory, or an argument is wrong, which standard error tells.
  slab_cache(const char *name, std::size_t size, std::size_t alignment, slab_flags_t flags = 0)
      : cache_(kmem_cache_create(name, narrowed(size), narrowed(alignment), flags, nullptr)),
        size_(size),
        alignment_(alignment) {
    if (cache_ == nullptr) throw std::bad_alloc();
  }
  ~slab_cache() { kmem_cache_destroy(cache_); }
  slab_cache(const slab_cache &) = delete;
  slab_cache &operator=(const slab_cache &) = delete;

  // Whether a block of this size comes from the cache. Others are kvmalloc's.
  bool serves(std::size_t bytes, std::size_t alignment) const noexcept {
    return bytes <= size_ && bytes > size_ / 2 && alignment <= alignment_;
  }

  // Throws std::bad_alloc.
  void *allocate(std::size_t bytes, std::size_t alignment) {
    void *block = serves(bytes, alignment) ? kmem_cache_alloc(cache_, GFP_KERNEL) : allocate_other(bytes, alignment);
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }

  // With the size and alignment of the allocation.
  void deallocate(void *block, std::size_t bytes, std::size_t alignment) noexcept {
    if (serves(bytes, alignment)) {
      kmem_cache_free(cache_, block);
    } else {
      kvfree(block);
    }
  }

  kmem_cache *handle() const noexcept { return cache_; }

 private:
  // What kmem_cache_create cannot even be told becomes what it refuses.
  static unsigned narrowed(std::size_t number) noexcept {
    constexpr unsigned most = std::numeric_limits<unsigned>::max();
    return number < most ? static_cast<unsigned>(number) : most;
  }

  // kvmalloc aligns to the largest power of two that divides the size, up to KMALLOC_MAX_SIZE.
  static void *allocate_other(std::size_t bytes, std::size_t alignment) {
    if (alignment > KMALLOC_MAX_SIZE || bytes > std::numeric_limits<std::size_t>::max() - alignment) return nullptr;
    std::size_t rounded = (bytes + alignment - 1) & ~(alignment - 1);
    return kvmalloc(rounded != 0 ? rounded : alignment, GFP_KERNEL);
  }

  kmem_cache *cache_;
  std::size_t size_, alignment_;
};

// A memory resource whose blocks of about one size come from a slab cache, and all others from kvmalloc: for containers
// of nodes, as std::pmr::list and std::pmr::map. Two are equal when they are the same. Safe to use from any thread.
class slab_resource final : public std::pmr::memory_resource {
 public:
  slab_resource(const char *name, std::size_t size, std::size_t alignment = alignof(std::max_align_t),
                slab_flags_t flags = 0)
      : cache_(name, size, alignment, flags) {}

 private:
  void *do_allocate(std::size_t bytes, std::size_t alignment) override { return cache_.allocate(bytes, alignment); }
  void do_deallocate(void *block, std::size_t bytes, std::size_t alignment) override {
    cache_.deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override { return this == &other; }

  slab_cache cache_;
};

// An allocator that takes single objects from a slab cache which all types of their size and alignment share, and arrays
// from kvmalloc. It has no state; all are equal. The caches stay for the life of the process.
template <class T>
class slab_allocator {
 public:
  using value_type = T;

  slab_allocator() noexcept = default;
  template <class U>
  slab_allocator(const slab_allocator<U> &) noexcept {}

  // Throws std::bad_alloc, or std::bad_array_new_length when the size overflows.
  T *allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T *>(cache().allocate(count * sizeof(T), alignof(T)));
  }
  void deallocate(T *block, std::size_t count) noexcept { cache().deallocate(block, count * sizeof(T), alignof(T)); }

  template <class U>
  bool operator==(const slab_allocator<U> &) const noexcept {
    return true;
  }
  template <class U>
  bool operator!=(const slab_allocator<U> &) const noexcept {
    return false;
  }

 private:
  template <std::size_t size, std::size_t alignment>
  static slab_cache &shared() {
    static slab_cache &cache = *new slab_cache("slab_allocator", size, alignment);
    return cache;
  }
  static slab_cache &cache() { return shared<sizeof(T), alignof(T)>(); }
};

}  // namespace quarry
