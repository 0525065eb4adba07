// Random sizes from 8 bytes to 16 KB in a few threads, after the description of rpmalloc's benchmark: in each
// loop a thread replaces part of its blocks again and again, hands all blocks of some loops to its neighbour,
// and frees what it got itself. Mailboxes are bounded: were they not, what is live at once, and so the peak, would be up
// to which thread happened to run.
#include "workloads.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct Parcel {
  struct Parcel *next;
  void *blocks[];
} Parcel;

typedef struct {
  Parcel *first;
  size_t parcels;
} Mailbox;

typedef struct {
  size_t threads;
  size_t loops;
  size_t blocks;
  size_t passes;
  size_t least;
  size_t most;
  size_t room;  // parcels in a mailbox at most
  pthread_mutex_t lock;
  pthread_cond_t changed;
  // All below guarded by `lock`.
  Mailbox *mailboxes;  // one per thread
  size_t senders;      // that may send more
  uint64_t freed;      // bytes
} Crosstalk;

/// Frees all blocks of a chain of parcels; returns their size.
static uint64_t unpack(const Crosstalk *crosstalk, Parcel *parcel) {
  uint64_t freed = 0;
  while (parcel != NULL) {
    Parcel *next = parcel->next;
    for (size_t block = 0; block < crosstalk->blocks; block += 1) freed += block_drop(parcel->blocks[block]);
    free(parcel);
    parcel = next;
  }
  return freed;
}

/// Frees all blocks that were sent to a thread, and returns their size. The lock is held, but not meanwhile.
static uint64_t receive(Crosstalk *crosstalk, size_t receiver) {
  Mailbox *mailbox = &crosstalk->mailboxes[receiver];
  Parcel *parcel = mailbox->first;
  if (parcel == NULL) return 0;
  *mailbox = (Mailbox){0};
  pthread_cond_broadcast(&crosstalk->changed);
  pthread_mutex_unlock(&crosstalk->lock);
  uint64_t freed = unpack(crosstalk, parcel);
  pthread_mutex_lock(&crosstalk->lock);
  return freed;
}

/// The same, but waits for something to change if nothing was sent.
static uint64_t receive_or_wait(Crosstalk *crosstalk, size_t receiver) {
  if (crosstalk->mailboxes[receiver].first == NULL) pthread_cond_wait(&crosstalk->changed, &crosstalk->lock);
  return receive(crosstalk, receiver);
}

/// Sends a parcel to the next thread once there is room for it. Whoever waits for that frees what it gets itself, so not
/// all can wait. Returns the size of what was freed.
static uint64_t send(Crosstalk *crosstalk, size_t sender, Parcel *parcel) {
  Mailbox *mailbox = &crosstalk->mailboxes[(sender + 1) % crosstalk->threads];
  uint64_t freed = 0;
  while (mailbox->parcels == crosstalk->room) freed += receive_or_wait(crosstalk, sender);
  parcel->next = mailbox->first;
  mailbox->first = parcel;
  mailbox->parcels += 1;
  pthread_cond_broadcast(&crosstalk->changed);
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
    parcel->next = NULL;
    bool is_sent = loop % 2 == 0;
    if (!is_sent) freed += unpack(crosstalk, parcel);
    pthread_mutex_lock(&crosstalk->lock);
    if (is_sent) freed += send(crosstalk, index, parcel);
    freed += receive(crosstalk, index);
    pthread_mutex_unlock(&crosstalk->lock);
  }
  pthread_mutex_lock(&crosstalk->lock);
  crosstalk->senders -= 1;
  pthread_cond_broadcast(&crosstalk->changed);
  while (crosstalk->senders > 0) freed += receive_or_wait(crosstalk, index);
  freed += receive(crosstalk, index);
  crosstalk->freed += freed;
  pthread_mutex_unlock(&crosstalk->lock);
}

static uint64_t run(const uint64_t *values) {
  Crosstalk crosstalk = {.threads = values[0],
                         .loops = values[1],
                         .blocks = values[2],
                         .passes = values[3],
                         .least = values[4],
                         .most = values[5],
                         .room = values[6],
                         .lock = PTHREAD_MUTEX_INITIALIZER,
                         .changed = PTHREAD_COND_INITIALIZER,
                         .senders = values[0]};
  if (crosstalk.least > crosstalk.most) workload_fail("least is larger than most");
  crosstalk.mailboxes = array_make(crosstalk.threads, sizeof(Mailbox));
  threads_run(crosstalk.threads, work, &crosstalk);
  free(crosstalk.mailboxes);
  return crosstalk.freed;
}

const Workload crosstalk = {
    .name = "crosstalk",
    .summary = "random sizes to 16 KB; threads free each other's blocks",
    .parameters = {{"threads", 2, 1, "threads that run at once"},
                   {"loops", 250, 1, "loops of each thread"},
                   {"blocks", 1000, 1, "blocks of each loop"},
                   {"passes", 50, 0, "times that a fifth of the blocks is replaced in each loop"},
                   {"least", 8, 8, "bytes of the smallest block"},
                   {"most", 16000, 8, "bytes of the largest block"},
                   {"room", 1, 1, "parcels that wait for a thread at most, each all blocks of a loop"}},
    .run = run,
};
