// expect: exit 0
// deadline: 120

// Threads that begin while the heaps of ended ones are emptied take these over: there are never more heaps than there were
// threads at a time, and the one that is set aside.

#include <stdatomic.h>
#include "check.h"

enum { AT_A_TIME = 3, ROUNDS = 10000 };

static atomic_bool stop;

static void *trim(void *argument) {
  while (!stop) malloc_trim(0);
  return argument;
}

static void *allocate(void *argument) {
  void *blocks[200];
  for (size_t i = 0; i < 200; i++) CHECK((blocks[i] = malloc(16 + i * 37 % 900)) != NULL);
  for (size_t i = 0; i < 200; i++) free(blocks[i]);
  return argument;
}

// By malloc_stats, which writes to standard error.
static unsigned heaps(void) {
  int ends[2], kept = dup(2);
  CHECK(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
  malloc_stats();
  CHECK(dup2(kept, 2) == 2);
  char text[2048];
  ssize_t length = read(ends[0], text, sizeof text - 1);
  CHECK(length > 0);
  text[length] = 0;
  const char *figure = strstr(text, "heaps");
  CHECK(figure != NULL && (figure = strchr(figure, '=')) != NULL);
  return (unsigned)strtoul(figure + 1, NULL, 10);
}

int main(void) {
  uses_quarry();
  pthread_t trimmer = start(trim, NULL);
  for (int round = 0; round < ROUNDS; round++) {
    pthread_t threads[AT_A_TIME];
    for (int i = 0; i < AT_A_TIME; i++) threads[i] = start(allocate, NULL);
    for (int i = 0; i < AT_A_TIME; i++) join(threads[i]);
  }
  stop = true;
  join(trimmer);
  CHECK(heaps() <= AT_A_TIME + 2 + 1);
}
