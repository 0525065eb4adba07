// Allocates known numbers and sizes of blocks at known places, and the same again for each line of its input.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace site {
static std::vector<void *> kept;

static void *touched(void *block) { return memset(block, 1, 16); }

__attribute__((noinline)) void small() {
  for (int i = 0; i < 20000; i++) kept.push_back(touched(malloc(100)));
}
__attribute__((noinline)) void large() {
  for (int i = 0; i < 200; i++) kept.push_back(touched(malloc(10000)));
}
__attribute__((noinline)) void passing() {
  for (int i = 0; i < 30000; i++) free(touched(malloc(64)));
}
__attribute__((noinline)) void arrays() {
  for (int i = 0; i < 1000; i++) kept.push_back(touched(new char[3000]));
}
__attribute__((noinline)) void mapped() { kept.push_back(touched(malloc(size_t(40) << 20))); }
}  // namespace site

int main() {
  setvbuf(stdout, nullptr, _IONBF, 0);
  site::kept.reserve(1 << 20);
  do {
    site::small();
    site::large();
    site::passing();
    site::arrays();
    site::mapped();
    puts("ready");
  } while (getchar() == '\n');
  return 0;
}
