// expect: exit 0
// standard: yes
// limit: as=256

// Four threads run out of memory at once, each with blocks of another size; all see NULL with ENOMEM, none hangs,
// and what they freed serves the next round.

#include "check.h"

typedef struct Node { struct Node *next; } Node;

static pthread_barrier_t all_exhausted;

static void *body(void *argument) {
  size_t size = (size_t)(uintptr_t)argument;
  Node *list = NULL;
  errno = 0;
  for (Node *node; (node = malloc(size)) != NULL; list = node) node->next = list;
  CHECK(errno == ENOMEM);
  pthread_barrier_wait(&all_exhausted);
  while (list != NULL) {
    Node *next = list->next;
    free(list);
    list = next;
  }
  return NULL;
}

int main(void) {
  uses_quarry();
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, 256 * KiB) == 0);
  CHECK(pthread_barrier_init(&all_exhausted, NULL, 4) == 0);
  const size_t sizes[] = {100, 3000, 20000, 600000};
  for (int round = 0; round < 3; round++) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
      CHECK(pthread_create(&threads[i], &attributes, body, (void *)(uintptr_t)sizes[i]) == 0);
    for (int i = 0; i < 4; i++) join(threads[i]);
    char *block = malloc(16 * MiB);
    CHECK(block != NULL);
    memset(block, 1, 16 * MiB);
    free(block);
  }
}
