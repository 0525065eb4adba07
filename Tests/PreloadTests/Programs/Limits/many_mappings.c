// expect: exit 0
// deadline: 120

// The kernel bounds the mappings of a process, at 65,530 as a rule. Huge blocks by the ten thousands, every other one
// freed, do not use them up: threads start and files are mapped as before.

#include "check.h"

enum { COUNT = 140000 };

static char *blocks[COUNT];

static void *body(void *argument) { return argument; }

int main(void) {
  uses_quarry();
  int count = 0;
  while (count < COUNT && (blocks[count] = malloc(33 * MiB)) != NULL) count++;
  CHECK(count == COUNT || errno == ENOMEM);
  CHECK(count > 10000);
  for (int i = 0; i < count; i += 2) free(blocks[i]);
  join(start(body, NULL));
  char *block = malloc(MiB);
  CHECK(block != NULL);
  memset(block, 1, MiB);
  for (int i = 1; i < count; i += 2) free(blocks[i]);
  join(start(body, NULL));
}
