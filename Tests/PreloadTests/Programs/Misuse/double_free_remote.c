// expect: abort
// options: sample=off
// stderr: quarry: {free,malloc}({pointer}): *double free*malloc-48
// args: same-sheaf
// args: drained-then-remote
// args: drained-then-owner

// Freeing twice by another thread than the one that allocated: both times on the way to the owner, or once after
// the first has arrived there. The owner may notice it as late as in its next malloc. Every other block stays, so
// that their slabs do.

#include "check.h"

enum { COUNT = 20000 };

static void *blocks[COUNT];
static const char *when;

static void *release(void *argument) {
  for (int i = 0; i < COUNT; i += 2) free(hide(blocks[i]));
  if (strcmp(when, "same-sheaf") == 0) free(hide(blocks[COUNT / 2]));
  return argument;
}

static void *release_again(void *argument) {
  free(hide(blocks[COUNT / 2]));
  return argument;
}

// Of another class than the blocks, which stay where they are.
static void make_the_owner_drain(void) {
  static void *others[COUNT];
  for (int i = 0; i < COUNT; i++) CHECK((others[i] = malloc(300)) != NULL);
  for (int i = 0; i < COUNT; i++) free(others[i]);
}

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  when = arguments[1];
  for (int i = 0; i < COUNT; i++) CHECK((blocks[i] = malloc(48)) != NULL);
  name_pointer(blocks[COUNT / 2]);
  join(start(release, NULL));
  make_the_owner_drain();
  if (strcmp(when, "drained-then-remote") == 0) join(start(release_again, NULL));
  if (strcmp(when, "drained-then-owner") == 0) release_again(NULL);
  // Nobody has noticed yet? Then the owner gets to the end of its lists.
  for (int i = 0; i < 10 * COUNT; i++) CHECK(malloc(48) != NULL);
}
