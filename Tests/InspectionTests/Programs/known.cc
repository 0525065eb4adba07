// A heap with known contents, described on standard output as `name=value` words; then it waits for the end of its input.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

int main() {
  setvbuf(stdout, nullptr, _IONBF, 0);
  std::vector<void *> blocks;
  blocks.reserve(4096);
  // 1000 objects of 112 bytes, of which every other one is freed again.
  for (int i = 0; i < 1000; i++) blocks.push_back(memset(malloc(100), 1, 100));
  for (int i = 0; i < 1000; i += 2) free(blocks[i]);
  // 300 objects of 1024 bytes, all live.
  void *kib = nullptr;
  for (int i = 0; i < 300; i++) kib = memset(malloc(1000), 1, 1000);
  // Ten runs of 25 pages, of which the fourth is free; and a mapping of its own, half of it touched.
  void *runs[10];
  for (auto &run : runs) run = memset(malloc(25 * 4096), 1, 25 * 4096);
  free(runs[3]);
  size_t huge_bytes = size_t(64) << 20;
  void *huge = malloc(huge_bytes);
  memset(huge, 1, huge_bytes / 2);
  printf(
      "ready live=%p freed=%p kib=%p run=%p freerun=%p huge=%p static=%p\n", blocks[501], blocks[0], kib, runs[5],
      runs[3], huge, static_cast<void *>(&huge_bytes));
  getchar();
  return 0;
}
