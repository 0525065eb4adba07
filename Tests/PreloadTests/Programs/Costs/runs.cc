// Fixed small runs, one by its name: the instructions that the library executes in them are compared with figures that
// are kept in costs.json. The same work each time: seeds are fixed, threads run one after the other, and the clock
// stands still, so that nothing is given back because time has passed.
//
//   runs NAME          one of `runs` below
//   runs live COUNT    as many live blocks, freed in a random order, until 10,000,000 or so were freed in all
//   runs mixed MIB     blocks of the sizes that programs have, so many MiB of them in all

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <algorithm>
#include <new>
#include <thread>
#include <utility>
#include <vector>

// The library's calls come here: the program exports its names.
extern "C" int clock_gettime(clockid_t, timespec *time) {
  *time = {1000, 0};
  return 0;
}

namespace {

[[noreturn]] void fail(const char *what) {
  fprintf(stderr, "runs: %s\n", what);
  exit(1);
}

/// Vigna's SplitMix64.
class Random {
 public:
  explicit Random(uint64_t seed) : state(seed) {}

  size_t below(size_t limit) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % limit;
  }

 private:
  uint64_t state;
};

/// Makes a block and writes to it, as a program would.
void *make(size_t size) {
  void *block = malloc(size);
  if (block == nullptr) fail("no memory");
  *static_cast<volatile char *>(block) = 1;
  return block;
}

void pairs(size_t size, int count) {
  while (count-- > 0) free(make(size));
}

void shuffle(std::vector<void *> &blocks, Random &random) {
  for (size_t left = blocks.size(); left > 1; left--) std::swap(blocks[left - 1], blocks[random.below(left)]);
}

std::vector<void *> several(size_t count, size_t size) {
  std::vector<void *> blocks(count);
  for (void *&block : blocks) block = make(size);
  return blocks;
}

void free_all(const std::vector<void *> &blocks) {
  for (void *block : blocks) free(block);
}

// MARK: The runs

void start() {}
void pairs_24() { pairs(24, 100000); }
void pairs_512() { pairs(512, 100000); }
void pairs_4096() { pairs(4096, 50000); }
void runs_of_pages() {
  for (int turn = 0; turn < 400; turn++) {
    for (size_t size = 8192; size <= 262144; size += 12288) free(make(size));
  }
}
void one_run() { pairs(65536, 20000); }
void mapped_blocks() { pairs(64 << 20, 500); }

/// Lists overflow and run empty in turn.
void batches() {
  for (int turn = 0; turn < 50; turn++) free_all(several(2000, 48));
}

void random_order() {
  Random random(1);
  for (int turn = 0; turn < 5; turn++) {
    std::vector<void *> blocks(20000);
    for (void *&block : blocks) block = make(16 + random.below(1000));
    shuffle(blocks, random);
    free_all(blocks);
  }
}

void zeroed() {
  for (int turn = 0; turn < 20000; turn++) {
    void *small = calloc(4, 25), *pages = turn % 8 == 0 ? calloc(5, 4096) : nullptr;
    free(small);
    free(pages);
  }
}

void growth() {
  for (int turn = 0; turn < 100; turn++) {
    void *block = nullptr;
    for (size_t size = 16; size < 4 << 20; size += size / 4 + 8) {
      block = realloc(block, size);
      if (block == nullptr) fail("no memory");
    }
    free(block);
  }
}

void aligned() {
  for (int turn = 0; turn < 5000; turn++) {
    for (size_t alignment = 32; alignment <= 8192; alignment *= 4) free(aligned_alloc(alignment, 3 * alignment));
  }
}

/// An object and a run that keep their places, as a string does that grows and shrinks by a few bytes.
void resized_in_place() {
  void *object = make(300), *run = make(100000);
  for (int turn = 0; turn < 100000; turn++) {
    object = realloc(object, 290 + turn % 15);
    run = realloc(run, 99990 + turn % 15);
    if (object == nullptr || run == nullptr) fail("no memory");
  }
  free(object);
  free(run);
}

/// From one small class to the next.
void resized_elsewhere() {
  for (int turn = 0; turn < 50000; turn++) {
    void *block = realloc(make(24), 40);
    if (block == nullptr) fail("no memory");
    free(block);
  }
}

void aligned_pairs() {
  for (int turn = 0; turn < 20000; turn++) {
    void *line = nullptr, *page = nullptr;
    if (posix_memalign(&line, 64, 64) != 0 || posix_memalign(&page, 4096, 4096) != 0) fail("no memory");
    void *object = ::operator new(100, std::align_val_t(32));
    *static_cast<volatile char *>(object) = 1;
    ::operator delete(object, std::align_val_t(32));
    free(page);
    free(line);
  }
}

void usable_sizes() {
  void *object = make(300), *run = make(100000);
  for (int turn = 0; turn < 100000; turn++) {
    if (malloc_usable_size(object) < 300 || malloc_usable_size(run) < 100000) fail("too small");
  }
  free(object);
  free(run);
}

/// What one thread allocates another frees, and the first one gets it back.
void remote_frees() {
  for (int turn = 0; turn < 20; turn++) {
    const std::vector<void *> blocks = several(5000, 64);
    std::thread([&] { free_all(blocks); }).join();
  }
}

void threads() {
  for (int turn = 0; turn < 200; turn++) {
    std::thread([] {
      for (size_t size = 16; size <= 2048; size *= 2) free_all(several(4, size));
    }).join();
  }
}

void new_and_delete() {
  for (int turn = 0; turn < 50000; turn++) {
    void *one = ::operator new(40), *array = ::operator new[](200);
    *static_cast<volatile char *>(one) = 1;
    ::operator delete(one, 40);
    ::operator delete[](array);
  }
}

const struct {
  const char *name;
  void (*run)();
} runs[] = {
    {"start", start},
    {"pairs of 24 bytes", pairs_24},
    {"pairs of 512 bytes", pairs_512},
    {"pairs of 4096 bytes", pairs_4096},
    {"runs of pages", runs_of_pages},
    {"one run in turn", one_run},
    {"mapped blocks", mapped_blocks},
    {"batches of 2000", batches},
    {"random order", random_order},
    {"calloc", zeroed},
    {"growth by realloc", growth},
    {"realloc in place", resized_in_place},
    {"realloc to the next class", resized_elsewhere},
    {"aligned blocks", aligned},
    {"small aligned pairs", aligned_pairs},
    {"usable sizes", usable_sizes},
    {"remote frees", remote_frees},
    {"threads", threads},
    {"new and delete", new_and_delete},
};

/// The cost of a pair must not depend on how many blocks are live.
void live(size_t count, size_t pairs) {
  Random random(2);
  for (size_t freed = 0; freed < pairs; freed += count) {
    std::vector<void *> blocks = several(count, 32);
    shuffle(blocks, random);
    free_all(blocks);
  }
}

/// Most are small, and most of the bytes are in larger ones; each replaces one of 4,000.
void mixed(size_t bytes) {
  Random random(3);
  std::vector<void *> blocks(4000);
  for (size_t left = bytes; left > 0;) {
    const size_t kind = random.below(100);
    const size_t size = kind < 60   ? 16 + random.below(48)
                        : kind < 90 ? 64 + random.below(448)
                        : kind < 99 ? 512 + random.below(3584)
                                    : 4096 + random.below(28672);
    void *&block = blocks[random.below(blocks.size())];
    free(block);
    block = make(size);
    left -= std::min(left, size);
  }
  free_all(blocks);
}

}  // namespace

int main(int count, char **arguments) {
  if (count == 4 && strcmp(arguments[1], "live") == 0) {
    live(strtoul(arguments[2], nullptr, 10), strtoul(arguments[3], nullptr, 10));
    return 0;
  }
  if (count == 3 && strcmp(arguments[1], "mixed") == 0) {
    mixed(strtoul(arguments[2], nullptr, 10) << 20);
    return 0;
  }
  for (const auto &run : runs) {
    if (count == 2 && strcmp(arguments[1], run.name) == 0) {
      run.run();
      return 0;
    }
  }
  if (count != 1) fail("no such run");
  for (const auto &run : runs) puts(run.name);
}
