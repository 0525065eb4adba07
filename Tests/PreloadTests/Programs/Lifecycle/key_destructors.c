// expect: exit 0
// standard: yes

// Destructors of thread-specific data allocate and free, in every round that POSIX grants, also after ours ran.

#include <limits.h>
#include <stdatomic.h>
#include "check.h"

enum { KEYS = 8, THREADS = 200 };

static pthread_key_t keys[KEYS];
static atomic_int calls;

typedef struct { int key, round; char rest[1000]; } Value;

static Value *value(int key, int round) {
  Value *value = malloc(sizeof *value);
  CHECK(value != NULL);
  *value = (Value){key, round, {0}};
  fill(value->rest, sizeof value->rest, (size_t)key);
  return value;
}

static void destructor(void *argument) {
  Value *old = argument;
  calls++;
  CHECK(holds(old->rest, sizeof old->rest, (size_t)old->key));
  for (size_t size = 1; size < 200000; size *= 3) free(malloc(size));
  if (old->round < PTHREAD_DESTRUCTOR_ITERATIONS)
    CHECK(pthread_setspecific(keys[old->key], value(old->key, old->round + 1)) == 0);
  free(old);
}

static void *body(void *argument) {
  for (int i = 0; i < KEYS; i++) CHECK(pthread_setspecific(keys[i], value(i, 1)) == 0);
  for (size_t i = 0; i < 1000; i++) free(malloc(i));
  return argument;
}

int main(void) {
  uses_quarry();
  for (int i = 0; i < KEYS; i++) CHECK(pthread_key_create(&keys[i], destructor) == 0);
  for (int i = 0; i < THREADS; i++) join(start(body, NULL));
  CHECK(calls == THREADS * KEYS * PTHREAD_DESTRUCTOR_ITERATIONS);
  CHECK(resident() < 16 * MiB);
}
