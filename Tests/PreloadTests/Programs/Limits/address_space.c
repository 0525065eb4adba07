// expect: exit 0
// standard: yes
// limit: as=64
// args: 24
// args: 1000
// args: 5000
// args: 100000
// args: 1000000

// Under a limit of 64 MiB of addresses: allocate until NULL with ENOMEM, free, and go on with as much as before. data.c is
// the same with a limit of another kind.

#include <sys/resource.h>
#include "check.h"

#ifndef RESOURCE
#define RESOURCE RLIMIT_AS
#endif

typedef struct Node { struct Node *next; } Node;

static size_t until_exhausted(size_t size) {
  Node *list = NULL;
  size_t count = 0;
  errno = 0;
  for (Node *node; (node = malloc(size)) != NULL; list = node, count++) {
    memset(node, 1, size);
    node->next = list;
  }
  CHECK(errno == ENOMEM);
  // It stays that way, and every function agrees.
  CHECK(calloc(10, size) == NULL && errno == ENOMEM);
  CHECK(memalign(64, 10 * size) == NULL && errno == ENOMEM);
  while (list != NULL) {
    Node *next = list->next;
    free(list);
    list = next;
  }
  return count;
}

int main(int count, char **arguments) {
  uses_quarry();
  struct rlimit limit;
  CHECK(getrlimit(RESOURCE, &limit) == 0 && limit.rlim_cur == 64 * MiB);
  CHECK(count == 2);
  size_t size = strtoul(arguments[1], NULL, 10);
  size_t first = until_exhausted(size);
  CHECK(first * size > 32 * MiB);
  for (int round = 0; round < 3; round++) CHECK(until_exhausted(size) > first / 20 * 19);
  // What small blocks left behind serves large ones as well.
  CHECK(until_exhausted(2 * MiB) >= 12);
}
