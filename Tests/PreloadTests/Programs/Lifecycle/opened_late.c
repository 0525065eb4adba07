// expect: exit 0
// preload: no
// args: {library}

// The library opened by dlopen instead of preloaded: it serves those who ask it by name, in several threads, and
// stays when it is closed.

#include "check.h"

typedef struct {
  void *(*malloc)(size_t);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void (*free)(void *);
  size_t (*malloc_usable_size)(void *);
} Functions;

static Functions theirs;

static void *function(void *library, const char *name) {
  void *function = dlsym(library, name);
  CHECK(function != NULL);
  return function;
}

static void *use(void *argument) {
  void *blocks[1000];
  for (size_t i = 0; i < 1000; i++) {
    blocks[i] = theirs.malloc(i * 10);
    CHECK(blocks[i] != NULL);
    CHECK(theirs.malloc_usable_size(blocks[i]) >= i * 10);
    fill(blocks[i], i * 10, i);
  }
  for (size_t i = 0; i < 1000; i++) {
    CHECK(holds(blocks[i], i * 10, i));
    theirs.free(blocks[i]);
  }
  return argument;
}

static void *use_then_wait(void *barrier) {
  use(NULL);
  pthread_barrier_wait(barrier);  // the library has been closed by then
  use(NULL);
  pthread_barrier_wait(barrier);
  return NULL;
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  CHECK(dlsym(RTLD_DEFAULT, "quarry_version") == NULL);
  for (int round = 0; round < 3; round++) {
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    *(void **)&theirs.malloc = function(library, "malloc");
    *(void **)&theirs.calloc = function(library, "calloc");
    *(void **)&theirs.realloc = function(library, "realloc");
    *(void **)&theirs.free = function(library, "free");
    *(void **)&theirs.malloc_usable_size = function(library, "malloc_usable_size");
    CHECK(theirs.malloc != malloc);
    use(NULL);
    char *block = theirs.calloc(10, 100);
    CHECK(block != NULL && all_bytes(block, 1000, 0));
    pthread_barrier_t barrier;
    CHECK(pthread_barrier_init(&barrier, NULL, 2) == 0);
    pthread_t thread = start(use_then_wait, &barrier);
    CHECK(dlclose(library) == 0);
    fill(block, 1000, 1);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    join(thread);  // ends with the library's destructor of its thread
    block = theirs.realloc(block, 100000);
    CHECK(block != NULL && holds_part(block, 1000, 1000, 1));
    theirs.free(block);
    free(strdup("the program's own malloc goes on"));
  }
}
