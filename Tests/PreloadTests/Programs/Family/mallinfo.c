// expect: exit 0
// args: 1000
// args: 20000
// args: 200000
// args: 100000000

// mallinfo2 and mallinfo tell what is in use: 100 MB more, then again as before.

#include "check.h"

enum { BYTES = 100000000 };

static char *blocks[BYTES / 1000];

static size_t in_use(void) {
  struct mallinfo2 info = mallinfo2();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  struct mallinfo old = mallinfo();
#pragma GCC diagnostic pop
  CHECK((unsigned)old.uordblks == (unsigned)info.uordblks);
  CHECK((unsigned)old.hblkhd == (unsigned)info.hblkhd);
  CHECK(info.arena >= info.uordblks);
  return info.uordblks + info.hblkhd;
}

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  size_t size = strtoul(arguments[1], NULL, 10), number = BYTES / size;
  size_t before = in_use();
  CHECK(before < 10 * MiB);
  for (size_t i = 0; i < number; i++) CHECK((blocks[i] = malloc(size)) != NULL);
  size_t more = in_use() - before;
  CHECK(more >= BYTES && more < BYTES + BYTES / 4);
  for (size_t i = 0; i < number; i++) free(blocks[i]);
  size_t after = in_use();
  CHECK(after < before + 2 * MiB && after + 2 * MiB > before);
}
