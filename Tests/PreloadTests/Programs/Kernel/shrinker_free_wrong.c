// expect: abort
// stderr: quarry: shrinker_free({pointer}): *{double free,not from this allocator}*
// links: quarry
// args: twice
// args: other

// A shrinker that is freed already, or is none.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 2);
  static struct shrinker other;
  struct shrinker *shrinker = name_pointer(strcmp(arguments[1], "other") == 0 ? &other : shrinker_alloc(0, "wrong"));
  if (shrinker != &other) shrinker_free(shrinker);
  shrinker_free(hide(shrinker));
}
