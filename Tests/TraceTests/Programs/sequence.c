// Threads that make random requests, hand blocks to each other, and write down what they asked for.
//   sequence LOG SEED THREADS STEPS          to the end
//   sequence LOG SEED THREADS STEPS fork     then the same in a child of fork, in the log's next region
//   sequence LOG SEED THREADS STEPS _Fork    likewise, by the call that runs no handlers
//   sequence LOG SEED THREADS STEPS kill     kills itself while the threads run
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

#include "log.h"

enum { own_blocks = 64, shared_blocks = 32 };

static unsigned long seed, thread_count, steps;
static _Atomic(void *) shared[shared_blocks];

static uint64_t next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return *state >> 33;
}

static void release(struct log *log, void *block) {
  mark_errno();
  free(block);
  note(log, kind_free, 0, 0, 0, block);
}

static void step(struct log *log, uint64_t *random, void **mine) {
  void **block = &mine[next_random(random) % own_blocks];
  uint64_t size = next_random(random) % ((uint64_t)1 << next_random(random) % 17);
  uint32_t order = 4 + next_random(random) % 10;
  uint64_t old = (uint64_t)*block;
  switch (next_random(random) % 8) {
    case 0: case 1:
      release(log, *block);
      mark_errno();
      *block = malloc(size);
      note(log, kind_malloc, 0, size, 0, *block);
      break;
    case 2:
      release(log, *block);
      mark_errno();
      *block = calloc(3, size);
      note(log, kind_calloc, 0, 3 * size, 0, *block);
      break;
    case 3: case 4:
      mark_errno();
      *block = realloc(*block, size + 1);
      note(log, kind_realloc, 0, size + 1, old, *block);
      break;
    case 5:
      release(log, *block);
      mark_errno();
      *block = aligned_alloc((size_t)1 << order, size);
      note(log, kind_aligned, order, size, 0, *block);
      break;
    case 6:
      release(log, *block);
      mark_errno();
      if (posix_memalign(block, (size_t)1 << order, size) != 0) _exit(5);
      note(log, kind_aligned, order, size, 0, *block);
      break;
    case 7:
      *block = atomic_exchange(&shared[next_random(random) % shared_blocks], *block);
      break;
  }
}

static void take_steps(struct log *log, uint64_t own_seed) {
  void *mine[own_blocks] = {0};
  uint64_t random = own_seed;
  for (unsigned long count = 0; count < steps; count++) step(log, &random, mine);
  for (int index = 0; index < own_blocks; index++) release(log, mine[index]);
}

static void *run(void *argument) {
  uint64_t index = (uint64_t)argument;
  struct log log = region(index);
  take_steps(&log, seed * 1000 + index);
  return NULL;
}

int main(int count, char **arguments) {
  if (count < 5) return 2;
  seed = strtoul(arguments[2], NULL, 10);
  thread_count = strtoul(arguments[3], NULL, 10);
  steps = strtoul(arguments[4], NULL, 10);
  const char *mode = count > 5 ? arguments[5] : "";
  open_log(arguments[1], thread_count + 1, 2 * steps + own_blocks);
  pthread_t threads[64];
  for (uint64_t index = 0; index < thread_count; index++) {
    if (pthread_create(&threads[index], NULL, run, (void *)index) != 0) return 6;
  }
  if (strcmp(mode, "kill") == 0) {
    struct log first = region(0);
    while (__atomic_load_n(&first.next[steps / 2].kind, __ATOMIC_ACQUIRE) == 0) sched_yield();
    kill(getpid(), SIGKILL);
  }
  for (uint64_t index = 0; index < thread_count; index++) pthread_join(threads[index], NULL);
  if (strstr(mode, "ork") != NULL) {
    pid_t child = strcmp(mode, "_Fork") == 0 ? _Fork() : fork();
    struct log log = region(thread_count);
    if (child == 0) {
      take_steps(&log, seed);
      _exit(0);
    }
    int status;
    if (waitpid(child, &status, 0) != child) return 7;
    return status != 0 ? 8 : 0;
  }
  return 0;
}
