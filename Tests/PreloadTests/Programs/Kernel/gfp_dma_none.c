// expect: exit 0
// stderr: quarry: page allocation failure: order:0, mode:0xcc1(GFP_KERNEL|GFP_DMA)
// stderr: quarry: DMA open:*kB free:*kB resident:0kB
// stderr: quarry: DMA:* = *kB
// links: quarry

// Where everything below 16 MiB is taken: NULL with a report, at the first request and at the second.

#include <quarry/kernel.h>
#include <sys/mman.h>

#include "check.h"

int main(void) {
  // Whatever lies there already is not touched.
  for (uintptr_t at = 64 * KiB; at < 16 * MiB; at += 64 * KiB) {
    mmap((void *)at, 64 * KiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
  }
  CHECK(kmalloc(100, GFP_KERNEL | GFP_DMA) == NULL);
  CHECK(kmalloc(100, GFP_KERNEL | GFP_DMA) == NULL);
}
