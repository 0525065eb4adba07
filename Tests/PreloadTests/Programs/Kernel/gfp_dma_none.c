// expect: exit 0
// stderr: quarry: page allocation failure: order:0, mode:{0xcc1(GFP_KERNEL|GFP_DMA),0xcc4(GFP_KERNEL|GFP_DMA32)}
// stderr: quarry: {DMA,DMA32} open:*kB free:*kB resident:0kB
// stderr: quarry: {DMA,DMA32}:* = *kB
// links: quarry
// args: DMA
// args: DMA32

// Where everything below 16 MiB, or 4 GiB, is taken: NULL with a report, at the first request and at the second.

#include <quarry/kernel.h>
#include <sys/mman.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 2);
  bool is_first = strcmp(arguments[1], "DMA") == 0;
  uintptr_t bound = is_first ? 16 * MiB : 4ul * GiB;
  // Whatever lies there already is not touched.
  for (uintptr_t at = 64 * KiB; at < bound; at += 64 * KiB) {
    mmap((void *)at, 64 * KiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
  }
  gfp_t zone = is_first ? GFP_DMA : GFP_DMA32;
  CHECK(kmalloc(100, GFP_KERNEL | zone) == NULL);
  CHECK(kmalloc(100, GFP_KERNEL | zone) == NULL);
}
