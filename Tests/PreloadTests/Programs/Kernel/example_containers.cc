// expect: exit 0
// stderr: quarry: page allocation failure: order:*, mode:0xcc0(GFP_KERNEL)
// stderr: quarry: Normal open:*
// stderr: quarry: Normal: *
// links: quarry

// Example: C++ containers whose nodes come from slab caches, by memory resource and by allocator.

#include <list>
#include <map>
#include <memory_resource>
#include <quarry/memory_resource.hpp>
#include <string>
#include <vector>

#include "check.h"

struct alignas(64) Line {
  char bytes[64];
};

int main() {
  {
    // A node of the map is some 80 bytes: the cache serves all that are larger than its half.
    quarry::slab_resource nodes("nodes", 96, alignof(std::max_align_t), SLAB_NO_MERGE);
    std::pmr::map<int, std::pmr::string> words(&nodes);
    for (int index = 0; index < 10000; index++) words.emplace(index, "word number " + std::to_string(index));
    for (int index = 0; index < 10000; index += 2) words.erase(index);
    CHECK(words.size() == 5000 && words.at(4711) == "word number 4711");
    CHECK(words.get_allocator().resource()->is_equal(nodes));
  }
  {
    std::list<Line, quarry::slab_allocator<Line>> lines(1000);
    for (auto &line : lines) CHECK(is_aligned(&line, 64));
    std::vector<Line, quarry::slab_allocator<Line>> many(1000);
    CHECK(is_aligned(many.data(), 64));
    many.resize(100000);
    CHECK(is_aligned(many.data(), 64));
    lines.remove_if([](const Line &) { return true; });
    CHECK(lines.empty() && lines.get_allocator() == many.get_allocator());
  }
  bool refused = false;
  try {
    CHECK(quarry::slab_allocator<Line>().allocate(SIZE_MAX / 8) == nullptr);
  } catch (const std::bad_array_new_length &) {
    refused = true;
  }
  CHECK(refused);
  refused = false;
  try {
    CHECK(quarry::slab_allocator<char>().allocate(SIZE_MAX / 4) == nullptr);
  } catch (const std::bad_alloc &) {
    refused = true;
  }
  CHECK(refused);
}
