// Objects of 400 bytes in slabs of two pages. Here and there one is freed, and the page behind it, of live objects alone,
// is no longer there.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  static char *blocks[6000];
  for (int i = 0; i < 6000; i++) blocks[i] = memset(malloc(400), 1, 400);
  for (int i = 3000; i < 4000; i += 100) {
    char *next = (char *)(((uintptr_t)blocks[i] & ~4095ul) + 4096);
    free(blocks[i]);
    madvise(next, 4096, MADV_DONTNEED);
  }
  printf("ready\n");
  getchar();
  return blocks[0] == NULL;
}
