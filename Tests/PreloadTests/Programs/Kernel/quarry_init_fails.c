// expect: exit 0
// links: quarry

// Without memory quarry_init says so, and requests get NULL; once there is some, both come to their senses.

#include <quarry/kernel.h>
#include <sys/resource.h>

#include "check.h"

int main(void) {
  struct rlimit limit, none;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  none = limit;
  none.rlim_cur = 1 * MiB;
  CHECK(setrlimit(RLIMIT_AS, &none) == 0);
  CHECK(quarry_init() == -ENOMEM);
  CHECK(kmalloc(100, GFP_ATOMIC | __GFP_NOWARN) == NULL);
  CHECK(kmalloc(100, GFP_KERNEL | __GFP_NOWARN) == NULL);
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  CHECK(quarry_init() == 0);
  void *block = kmalloc(100, GFP_ATOMIC);
  CHECK(block != NULL);
  kfree(block);
}
