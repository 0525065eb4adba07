// Objects of 400 bytes in slabs of two pages, one in sixty of which lives on: the pages between go back to the system.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  setvbuf(stdout, nullptr, _IONBF, 0);
  static void *blocks[6000];
  for (auto &block : blocks) block = memset(malloc(400), 1, 400);
  for (int i = 0; i < 6000; i++) {
    if (i % 60 != 0) free(blocks[i]);
  }
  malloc_trim(0);
  printf("ready %p\n", blocks[60]);
  getchar();
  return blocks[0] == nullptr;
}
