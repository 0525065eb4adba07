// expect: exit 0
// standard: yes

// Objects of threads, with destructors that free and allocate while the thread ends.

#include <string>
#include <thread>
#include <vector>
#include "check.h"

struct Chatty {
  std::vector<std::string> lines;
  ~Chatty() {
    for (int i = 0; i < 100; i++) lines.push_back(std::string(100, 'x'));
    CHECK(lines.size() == 200);
  }
};

static thread_local Chatty chatty;

int main() {
  uses_quarry();
  for (int round = 0; round < 100; round++) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
      threads.emplace_back([] {
        for (int i = 0; i < 100; i++) chatty.lines.push_back(std::string(50 + i, 'y'));
      });
    for (auto &thread : threads) thread.join();
  }
  CHECK(resident() < 32 * MiB);
  _exit(0);  // the main thread's own has no lines
}
