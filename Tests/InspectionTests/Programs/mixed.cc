// Allocates many small blocks and a few large ones at one place, and the same again for each line of its input.
#include <cstdio>
#include <cstdlib>

static void *volatile last;

__attribute__((noinline)) static void *mixed(size_t size) { return last = malloc(size); }

int main() {
  setvbuf(stdout, nullptr, _IONBF, 0);
  do {
    for (int i = 0; i < 100000; i++) mixed(16);
    for (int i = 0; i < 10; i++) mixed(size_t(1) << 20);
    puts("ready");
  } while (getchar() == '\n');
  return 0;
}
