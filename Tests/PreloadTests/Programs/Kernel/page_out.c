// expect: exit 0
// options: limit=16M
// links: quarry

// The last step of reclaim offers full slabs to swap: the library calls madvise(MADV_PAGEOUT), which this program defines
// itself, and the content stays. Without __GFP_IO it does not.

#include <quarry/kernel.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "check.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static size_t offered;

int madvise(void *address, size_t length, int advice) {
  if (advice == MADV_PAGEOUT) offered += length;
  return (int)syscall(SYS_madvise, address, length, advice);
}

int main(void) {
  enum { MANY = 100000 };
  static char *blocks[MANY];
  int count = 0;
  while (count < MANY && (blocks[count] = kmalloc(200, GFP_NOIO | __GFP_NOWARN)) != NULL) {
    fill(blocks[count], 200, (size_t)count);
    count++;
  }
  CHECK(count > 40000 && count < MANY);
  CHECK(offered == 0);
  CHECK(kmalloc(32 * KiB, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY) == NULL && offered == 0);
  CHECK(kmalloc(32 * KiB, GFP_KERNEL | __GFP_NOWARN) == NULL);
  CHECK(offered > 8 * MiB);
  for (int i = 0; i < count; i++) CHECK(holds(blocks[i], 200, (size_t)i));
}
