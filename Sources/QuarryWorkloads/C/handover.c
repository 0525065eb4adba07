// Producers and consumers, after Lever's and Boreham's test: some threads only allocate, others only free
// what they get from the first in batches through a queue of bounded length. Every free is remote.
#include "workloads.h"

#include <pthread.h>

enum { batch_blocks = 512 };

typedef struct Batch {
  struct Batch *next;
  void *blocks[batch_blocks];
} Batch;

typedef struct {
  size_t producers;
  size_t consumers;
  size_t batches;  // of each producer
  size_t lag;      // what a consumer does with a block, in steps of `mix`
  size_t limit;    // batches in the queue
  pthread_mutex_t lock;
  pthread_cond_t not_full;
  pthread_cond_t not_empty;
  // All below guarded by `lock`.
  Batch *first;
  Batch **last;
  size_t queued;
  size_t producing;
  uint64_t freed;  // bytes
} Queue;

static void queue_put(Queue *queue, Batch *batch) {
  batch->next = NULL;
  pthread_mutex_lock(&queue->lock);
  while (queue->queued == queue->limit) pthread_cond_wait(&queue->not_full, &queue->lock);
  *queue->last = batch;
  queue->last = &batch->next;
  queue->queued += 1;
  pthread_cond_signal(&queue->not_empty);
  pthread_mutex_unlock(&queue->lock);
}

/// The oldest batch; NULL when no more will come.
static Batch *queue_take(Queue *queue) {
  pthread_mutex_lock(&queue->lock);
  while (queue->queued == 0 && queue->producing > 0) pthread_cond_wait(&queue->not_empty, &queue->lock);
  Batch *batch = queue->first;
  if (batch != NULL) {
    queue->first = batch->next;
    if (queue->first == NULL) queue->last = &queue->first;
    queue->queued -= 1;
    pthread_cond_signal(&queue->not_full);
  }
  pthread_mutex_unlock(&queue->lock);
  return batch;
}

static const size_t sizes[] = {8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512};

static void produce(Queue *queue, size_t index) {
  Random random = random_seeded(index);
  for (size_t done = 0; done < queue->batches; done += 1) {
    Batch *batch = block_allocated(malloc(sizeof *batch), sizeof *batch);
    size_t size = sizes[random_below(&random, sizeof sizes / sizeof sizes[0])];
    for (size_t block = 0; block < batch_blocks; block += 1) batch->blocks[block] = block_make(size);
    queue_put(queue, batch);
  }
  pthread_mutex_lock(&queue->lock);
  queue->producing -= 1;
  pthread_cond_broadcast(&queue->not_empty);
  pthread_mutex_unlock(&queue->lock);
}

static void consume(Queue *queue) {
  uint64_t freed = 0;
  volatile uint64_t work = 1;
  for (Batch *batch = queue_take(queue); batch != NULL; batch = queue_take(queue)) {
    for (size_t block = 0; block < batch_blocks; block += 1) {
      for (size_t step = 0; step < queue->lag; step += 1) work = mix(work);
      freed += block_drop(batch->blocks[block]);
    }
    free(batch);
  }
  pthread_mutex_lock(&queue->lock);
  queue->freed += freed;
  pthread_mutex_unlock(&queue->lock);
}

static void work(size_t index, void *context) {
  Queue *queue = context;
  if (index < queue->producers) produce(queue, index);
  else consume(queue);
}

static uint64_t run(const uint64_t *values) {
  Queue queue = {.producers = values[0],
                 .consumers = values[1],
                 .batches = values[2] / values[0],
                 .limit = values[3],
                 .lag = values[4],
                 .producing = values[0]};
  queue.last = &queue.first;
  pthread_mutex_init(&queue.lock, NULL);
  pthread_cond_init(&queue.not_full, NULL);
  pthread_cond_init(&queue.not_empty, NULL);
  double start = seconds_now();
  threads_run(queue.producers + queue.consumers, work, &queue);
  double pairs = (double)(queue.batches * queue.producers * batch_blocks);
  workload_reading("throughput", pairs / (seconds_now() - start) / 1e6, "M/s");
  return queue.freed;
}

const Workload handover = {
    .name = "handover",
    .summary = "producers allocate, consumers free; every free is remote",
    .parameters = {{"producers", 1, 1, "threads that allocate"},
                   {"consumers", 1, 1, "threads that free"},
                   {"batches", 24000, 1, "batches of 512 blocks, all producers together"},
                   {"limit", 16, 1, "batches that wait at most"},
                   {"lag", 0, 0, "how long a consumer works on a block; 100 is about 0.2 microseconds"}},
    .run = run,
};
