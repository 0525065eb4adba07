// A program at work: each thread frees one of its blocks and allocates another, and counts it in a file that is mapped
// here, one word a thread. Arguments: the file, the number of threads, MiB of blocks of each thread.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

static void work(unsigned seed, size_t bytes, volatile unsigned long *count, std::atomic<int> *ready) {
  auto next = [&] { return seed = seed * 1664525 + 1013904223; };
  // One in 64 blocks is of whole pages; the mean is about 1 KiB.
  auto size = [&] { return next() % 64 == 0 ? 16384 + (next() >> 12) % 32768 : 16 + (next() >> 12) % 1008; };
  std::vector<void *> blocks(bytes / 1024);
  for (auto &block : blocks) {
    size_t wanted = size();
    block = memset(malloc(wanted), 1, wanted);
  }
  ready->fetch_add(1);
  for (;;) {
    auto &block = blocks[(next() >> 8) % blocks.size()];
    size_t wanted = size();
    free(block);
    block = malloc(wanted);
    memset(block, 1, wanted < 256 ? wanted : 256);
    *count = *count + 1;
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  setvbuf(stdout, nullptr, _IONBF, 0);
  int file = open(argv[1], O_RDWR | O_CREAT, 0600), threads = atoi(argv[2]);
  if (file < 0 || ftruncate(file, 4096) != 0) return 1;
  auto *counts = static_cast<unsigned long *>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  if (counts == MAP_FAILED) return 1;
  std::atomic<int> ready = 0;
  // A cache line each.
  for (int i = 0; i < threads; i++) {
    std::thread(work, i + 1, size_t(atoi(argv[3])) << 20, counts + i * 8, &ready).detach();
  }
  while (ready < threads) usleep(1000);
  puts("ready");
  getchar();
  return 0;
}
