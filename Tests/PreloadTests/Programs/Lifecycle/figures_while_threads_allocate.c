// expect: exit 0
// standard: yes

// Whoever asks for figures or trims while other threads work disturbs nobody, and is not disturbed.

#include <stdatomic.h>
#include "check.h"

static atomic_bool stop;

static void *hammer(void *argument) {
  enum { COUNT = 300 };
  Random random = {(uintptr_t)argument};
  static _Thread_local struct { char *start; size_t size; } blocks[COUNT];
  while (!stop) {
    size_t i = random_below(&random, COUNT);
    if (blocks[i].start != NULL) CHECK(holds(blocks[i].start, blocks[i].size, i));
    free(blocks[i].start);
    blocks[i].size = random_size(&random, random_below(&random, 50) ? 11 : 18);
    blocks[i].start = malloc(blocks[i].size);
    CHECK(blocks[i].start != NULL);
    fill(blocks[i].start, blocks[i].size, i);
  }
  return NULL;
}

int main(void) {
  uses_quarry();
  FILE *nowhere = fopen("/dev/null", "w");
  CHECK(nowhere != NULL);
  pthread_t threads[3];
  for (uintptr_t i = 0; i < 3; i++) threads[i] = start(hammer, (void *)(i + 1));
  for (int round = 0; round < 300; round++) {
    struct mallinfo2 info = mallinfo2();
    CHECK(info.uordblks + info.hblkhd < 64 * MiB);
    CHECK(malloc_info(0, nowhere) == 0);
    malloc_trim(0);
  }
  stop = true;
  for (int i = 0; i < 3; i++) join(threads[i]);
  fclose(nowhere);
}
