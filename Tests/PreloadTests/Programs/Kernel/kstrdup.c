// expect: exit 0
// links: quarry

// Copies of strings and memory; of NULL there is none.

#include <quarry/kernel.h>

#include "check.h"

int main(void) {
  char *copy = kstrdup("quarry", GFP_KERNEL);
  CHECK(copy != NULL && strcmp(copy, "quarry") == 0);
  kfree(copy);
  copy = kstrndup("quarry", 4, GFP_KERNEL);
  CHECK(copy != NULL && strcmp(copy, "quar") == 0);
  kfree(copy);
  const char unterminated[3] = {'a', 'b', 'c'};
  copy = kstrndup(unterminated, 3, GFP_KERNEL);
  CHECK(copy != NULL && strcmp(copy, "abc") == 0);
  kfree(copy);
  copy = kmemdup("q\0r", 4, GFP_KERNEL);
  CHECK(copy != NULL && memcmp(copy, "q\0r", 4) == 0);
  kfree(copy);
  CHECK(kstrdup(NULL, GFP_KERNEL) == NULL);
  CHECK(kstrndup(NULL, 4, GFP_KERNEL) == NULL);
  CHECK(kmemdup(hide(NULL), 4, GFP_KERNEL) == NULL);
}
