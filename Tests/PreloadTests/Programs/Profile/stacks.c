// expect: exit 0
// options: sample=1
// flags: -O2 -fomit-frame-pointer -rdynamic -Wno-unknown-pragmas

// Stacks are those of libgcc's unwinder: with frames of any shape, through the C library's callbacks, in threads.

#include <alloca.h>
#include "profile.h"

static __attribute__((noinline)) void leaf(void) {
  void *block = malloc(24);
  check_stack(block);
  free(block);
  block = calloc(10, 100);
  check_stack(block);
  block = realloc(block, 30000);
  check_stack(block);
  free(block);
  block = memalign(256, 100);
  check_stack(block);
  free(block);
  block = malloc(1 * MiB);
  check_stack(block);
  free(block);
}

static __attribute__((noinline)) int nested(int depth) {
  volatile char room[100];
  room[depth % 100] = 1;
  if (depth == 0) leaf();
  else nested(depth - 1);
  return room[0];
}

static __attribute__((noinline)) int moving(size_t bytes) {
  volatile char *room = alloca(bytes);
  room[bytes - 1] = 1;
  leaf();
  return room[0];
}

// Its frame is found by way of the frame pointer and an expression.
static __attribute__((noinline)) int aligned(int depth) {
  volatile char room[64] __attribute__((aligned(64)));
  volatile char *more = alloca((size_t)depth * 16 + 16);
  room[0] = more[0] = 1;
  if (depth == 0) leaf();
  else aligned(depth - 1);
  return room[0];
}

static __attribute__((noinline, optimize("no-omit-frame-pointer"))) int with_frame(int depth) {
  if (depth == 0) leaf();
  else with_frame(depth - 1);
  return depth;
}

static int compare(const void *a, const void *b) {
  static int calls;
  if (calls++ < 3) leaf();
  return *(const int *)a - *(const int *)b;
}

static void sort(void) {
  int numbers[] = {3, 1, 2, 5, 4};
  qsort(numbers, 5, sizeof *numbers, compare);
  CHECK(numbers[0] == 1 && numbers[4] == 5);
}

static void *body(void *argument) {
  nested(argument != NULL ? 3 : 5);
  moving(5000);
  aligned(2);
  sort();
  return NULL;
}

int main(void) {
  uses_quarry();
  warm_up();
  leaf();
  nested(10);
  nested(100);  // cut
  moving(1);
  moving(100000);
  aligned(0);
  aligned(3);
  with_frame(5);
  sort();
  for (int i = 0; i < 3; i++) join(start(body, NULL));
  return 0;
}
