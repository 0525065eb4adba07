// Random sizes from 8 bytes to 16 KB in a few threads, after the description of rpmalloc's benchmark: in each loop a
// thread replaces part of its blocks again and again, hands all blocks of some loops to its neighbour, and frees what
// it got itself.
#include "workloads.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct Parcel {
  struct Parcel *next;
  void *blocks[];
} Parcel;

typedef struct {
  size_t threads;
  size_t loops;
  size_t blocks;
  size_t passes;
  size_t least;
  size_t most;
  pthread_barrier_t all_sent;
  _Atomic(Parcel *) *mailboxes;  // one per thread, newest parcel first
  _Atomic(uint64_t) freed;       // bytes
} Crosstalk;

static void send(Crosstalk *crosstalk, size_t receiver, Parcel *parcel) {
  _Atomic(Parcel *) *mailbox = &crosstalk->mailboxes[receiver];
  parcel->next = atomic_load_explicit(mailbox, memory_order_relaxed);
  // Release shows the blocks to the receiver, which takes the parcel with acquire.
  while (!atomic_compare_exchange_weak_explicit(
    mailbox, &parcel->next, parcel, memory_order_release, memory_order_relaxed)) continue;
}

/// Frees all blocks that were sent to a thread; returns their size.
static uint64_t receive(Crosstalk *crosstalk, size_t receiver) {
  Parcel *parcel = atomic_exchange_explicit(&crosstalk->mailboxes[receiver], NULL, memory_order_acquire);
  uint64_t freed = 0;
  while (parcel != NULL) {
    Parcel *next = parcel->next;
    for (size_t block = 0; block < crosstalk->blocks; block += 1) freed += block_drop(parcel->blocks[block]);
    free(parcel);
    parcel = next;
  }
  return freed;
}

static void work(size_t index, void *context) {
  Crosstalk *crosstalk = context;
  Random random = random_seeded(index);
  uint64_t freed = 0;
  for (size_t loop = 0; loop < crosstalk->loops; loop += 1) {
    size_t size = sizeof(Parcel) + crosstalk->blocks * sizeof(void *);
    Parcel *parcel = block_allocated(malloc(size), size);
    for (size_t block = 0; block < crosstalk->blocks; block += 1) {
      parcel->blocks[block] = block_make(random_between(&random, crosstalk->least, crosstalk->most));
    }
    for (size_t pass = 0; pass < crosstalk->passes; pass += 1) {
      for (size_t block = pass % 5; block < crosstalk->blocks; block += 5) {
        freed += block_drop(parcel->blocks[block]);
        parcel->blocks[block] = block_make(random_between(&random, crosstalk->least, crosstalk->most));
      }
    }
    if (loop % 2 == 0) {
      send(crosstalk, (index + 1) % crosstalk->threads, parcel);
    } else {
      for (size_t block = 0; block < crosstalk->blocks; block += 1) freed += block_drop(parcel->blocks[block]);
      free(parcel);
    }
    freed += receive(crosstalk, index);
  }
  pthread_barrier_wait(&crosstalk->all_sent);
  freed += receive(crosstalk, index);
  atomic_fetch_add_explicit(&crosstalk->freed, freed, memory_order_relaxed);
}

static uint64_t run(const uint64_t *values) {
  Crosstalk crosstalk = {.threads = values[0], .loops = values[1], .blocks = values[2], .passes = values[3],
                         .least = values[4], .most = values[5]};
  if (crosstalk.least > crosstalk.most) workload_fail("least is larger than most");
  pthread_barrier_init(&crosstalk.all_sent, NULL, (unsigned)crosstalk.threads);
  crosstalk.mailboxes = array_make(crosstalk.threads, sizeof(Parcel *));
  threads_run(crosstalk.threads, work, &crosstalk);
  free(crosstalk.mailboxes);
  return atomic_load(&crosstalk.freed);
}

const Workload crosstalk = {
  .name = "crosstalk",
  .summary = "random sizes to 16 KB; threads free each other's blocks",
  .parameters = {{"threads", 2, 1, "threads that run at once"},
                 {"loops", 250, 1, "loops of each thread"},
                 {"blocks", 1000, 1, "blocks of each loop"},
                 {"passes", 50, 0, "times that a fifth of the blocks is replaced in each loop"},
                 {"least", 8, 8, "bytes of the smallest block"},
                 {"most", 16000, 8, "bytes of the largest block"}},
  .run = run,
};
