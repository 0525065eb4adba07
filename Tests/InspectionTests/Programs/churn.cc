// Threads that allocate and free at full speed, each with 1000 live blocks of 100 bytes and 200 of 3000 at any moment, but
// for the one that it exchanges; and frees of blocks that other threads allocated. It works to the end of its input, or for
// so many exchanges as its argument says; with a second argument it is killed then.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

static std::atomic<void *> exchanged[64];
static std::atomic<long> done;

static void work(unsigned seed, std::atomic<int> *ready) {
  std::vector<void *> small(1000), large(200);
  for (auto &block : small) block = memset(malloc(100), 1, 100);
  for (auto &block : large) block = memset(malloc(3000), 1, 3000);
  ready->fetch_add(1);
  for (;;) {
    seed = seed * 1664525 + 1013904223;
    auto &block = seed >> 31 ? small[(seed >> 8) % small.size()] : large[(seed >> 8) % large.size()];
    size_t size = seed >> 31 ? 100 : 3000;
    free(block);
    block = malloc(size);
    // One in sixteen blocks of 500 bytes changes threads; at most 64 of them are live.
    if ((seed >> 20) % 16 == 0) free(exchanged[seed % 64].exchange(malloc(500)));
    // Whole pages come and go, too.
    if ((seed >> 12) % 256 == 0) {
      free(memset(malloc(100000), 1, 4096));
      done.fetch_add(256, std::memory_order_relaxed);
    }
  }
}

int main(int argc, char **argv) {
  setvbuf(stdout, nullptr, _IONBF, 0);
  std::atomic<int> ready = 0;
  for (unsigned number = 0; number < 3; number++) std::thread(work, number + 1, &ready).detach();
  while (ready < 3) std::this_thread::yield();
  puts("ready");
  if (argc == 1) getchar();
  if (argc > 1) {
    while (done < atol(argv[1])) std::this_thread::yield();
  }
  if (argc > 2) raise(SIGKILL);
  return 0;
}
