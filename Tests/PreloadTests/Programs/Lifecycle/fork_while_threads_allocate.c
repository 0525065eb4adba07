// expect: exit 0
// standard: yes

// fork at any moment of other threads' allocations: the child finds no lock held and no list torn, allocates,
// starts threads of its own, and frees what the parent's threads left; the parent goes on undisturbed.

#include <stdatomic.h>
#include <sys/wait.h>
#include "check.h"

enum { THREADS = 4, ROUNDS = 150, SLOTS = 500 };

static _Atomic(char *) slots[SLOTS];
static atomic_bool stop;

static void *hammer(void *argument) {
  Random random = {(uintptr_t)argument};
  while (!stop) {
    size_t size = random_size(&random, random_below(&random, 50) ? 10 : 20) + 1;
    char *block = malloc(size);
    CHECK(block != NULL);
    block[0] = block[size - 1] = 1;
    free(atomic_exchange(&slots[random_below(&random, SLOTS)], block));
    if (random_below(&random, 1000) == 0) malloc_trim(0);
  }
  return NULL;
}

static void *work(void *argument) {
  enum { COUNT = 3000 };
  static _Thread_local void *blocks[COUNT];
  Random random = {(uintptr_t)argument};
  for (int i = 0; i < COUNT; i++) {
    size_t size = random_size(&random, 13);
    blocks[i] = i % 3 ? malloc(size) : calloc(1, size);
    CHECK(blocks[i] != NULL);
    fill(blocks[i], size, (size_t)i);
  }
  random = (Random){(uintptr_t)argument};
  for (int i = 0; i < COUNT; i++) {
    CHECK(holds(blocks[i], random_size(&random, 13), (size_t)i));
    free(blocks[i]);
  }
  return NULL;
}

static void child(uintptr_t round) {
  alarm(30);  // a deadlock ends the test instead of hanging it
  work((void *)round);
  for (int i = 0; i < SLOTS; i++) free(atomic_exchange(&slots[i], NULL));
  pthread_t threads[2];
  for (uintptr_t i = 0; i < 2; i++) threads[i] = start(work, (void *)(round + i));
  for (int i = 0; i < 2; i++) join(threads[i]);
  free(malloc(100 * MiB));
  exit(0);  // not _exit: atexit handlers allocate as well
}

int main(void) {
  uses_quarry();
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++) threads[i] = start(hammer, (void *)(i + 1));
  for (uintptr_t round = 1; round <= ROUNDS; round++) {
    pid_t process = fork();
    CHECK(process >= 0);
    if (process == 0) child(round);
    work((void *)round);
    int status;
    CHECK(waitpid(process, &status, 0) == process);
    CHECK(status == 0);
  }
  stop = true;
  for (int i = 0; i < THREADS; i++) join(threads[i]);
}
