// expect: exit 0
// links: quarry

// After quarry_init a handler finds every size of the reserve at hand, and resident, though nothing was ever allocated.

#include <quarry/kernel.h>
#include <signal.h>
#include <sys/resource.h>

#include "check.h"

static char *blocks[12];

static void handler(int signal) {
  (void)signal;
  for (int i = 0; i < 12; i++) blocks[i] = kmalloc((size_t)16 << i, GFP_NOWAIT);
}

static long faults(void) {
  struct rusage usage;
  CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return usage.ru_minflt;
}

int main(void) {
  size_t before = resident();
  CHECK(quarry_init() == 0);
  size_t after = resident();
  CHECK(after >= before + 12 * 64 * KiB);
  CHECK(quarry_init() == 0);
  CHECK(signal(SIGUSR1, handler) != SIG_ERR);
  CHECK(raise(SIGUSR1) == 0);
  for (int i = 0; i < 12; i++) {
    CHECK(blocks[i] != NULL && is_aligned(blocks[i], (size_t)16 << i) && ksize(blocks[i]) == (size_t)16 << i);
  }
  // Twelve pages and more would be faulted in otherwise; code is, too.
  long then = faults();
  for (int i = 0; i < 12; i++) memset(blocks[i], 1, (size_t)16 << i);
  CHECK(faults() < then + 6);
  for (int i = 0; i < 12; i++) kfree(blocks[i]);
}
