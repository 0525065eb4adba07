// expect: abort
// stderr: quarry: shrinker_register({pointer}): {count_objects and scan_objects have to be set before,registered already}
// links: quarry
// args: unset
// args: twice

// A shrinker without its callbacks, or one that is known already: one clear line, and abort.

#include <quarry/kernel.h>

#include "check.h"

static unsigned long none(struct shrinker *shrinker, struct shrink_control *control) {
  (void)shrinker, (void)control;
  return 0;
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  struct shrinker *shrinker = name_pointer(shrinker_alloc(0, "wrong"));
  shrinker->count_objects = none;
  if (strcmp(arguments[1], "twice") == 0) {
    shrinker->scan_objects = none;
    shrinker_register(shrinker);
  }
  shrinker_register(shrinker);
}
