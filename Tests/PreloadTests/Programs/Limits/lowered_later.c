// expect: exit 0

// A program that limits its own address space, to little more than what it has, can still start threads, and small
// requests succeed.

#include <sys/resource.h>
#include "check.h"

static void *body(void *argument) {
  void *blocks[1000];
  for (size_t i = 0; i < 1000; i++) CHECK((blocks[i] = malloc(i)) != NULL);
  for (size_t i = 0; i < 1000; i++) free(blocks[i]);
  return argument;
}

int main(void) {
  uses_quarry();
  free(malloc(10 * MiB));
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, MiB) == 0);
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  limit.rlim_cur = figure("status", "VmSize:") + 12 * MiB;
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], &attributes, body, NULL) == 0);
  for (int i = 0; i < 4; i++) join(threads[i]);
  body(NULL);
  errno = 0;
  CHECK(malloc(GiB) == NULL && errno == ENOMEM);
}
