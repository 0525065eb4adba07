// Threads that allocate and free blocks of sizes after a power law and swap some of them through shared places, in
// several rounds with new threads each, after the description of mimalloc's stress test. Some blocks of each round
// stay, so that memory fragments.
#include "workloads.h"

#include <stdatomic.h>

typedef struct {
  size_t places;
  size_t operations;
  size_t slots;
  size_t most;
  size_t round;
  _Atomic(void *) *shared;
} Exchange;

static void work(size_t index, void *context) {
  Exchange *exchange = context;
  Random random = random_seeded(exchange->round << 16 | index);
  void **slots = array_make(exchange->slots, sizeof(void *));
  for (size_t done = 0; done < exchange->operations; done += 1) {
    size_t slot = random_below(&random, exchange->slots);
    uint64_t choice = random_below(&random, 16);
    if (choice < 4) {
      // Acquire sees the marks that the other thread wrote, release shows ours to the next.
      size_t place = random_below(&random, exchange->places);
      slots[slot] = atomic_exchange_explicit(&exchange->shared[place], slots[slot], memory_order_acq_rel);
    } else {
      if (slots[slot] != NULL) block_drop(slots[slot]);
      slots[slot] = choice < 14 ? block_make(random_power_size(&random, 16, exchange->most)) : NULL;
    }
  }
  for (size_t slot = 0; slot < exchange->slots; slot += 1) {
    if (slots[slot] != NULL) block_drop(slots[slot]);
  }
  free(slots);
}

static uint64_t run(const uint64_t *values) {
  Exchange exchange = {.places = values[2], .operations = values[3], .slots = values[4], .most = values[5]};
  if (exchange.most < 16) workload_fail("most is below 16");
  exchange.shared = array_make(exchange.places, sizeof(void *));
  for (exchange.round = 0; exchange.round < values[1]; exchange.round += 1) {
    threads_run(values[0], work, &exchange);
    // Half of what is left in the shared places stays for the next round's threads.
    for (size_t place = exchange.round % 2; place < exchange.places; place += 2) {
      void *block = atomic_exchange_explicit(&exchange.shared[place], NULL, memory_order_acq_rel);
      if (block != NULL) block_drop(block);
    }
  }
  for (size_t place = 0; place < exchange.places; place += 1) {
    void *block = atomic_load_explicit(&exchange.shared[place], memory_order_acquire);
    if (block != NULL) block_drop(block);
  }
  free(exchange.shared);
  // Which thread gets which block depends on the scheduler: the amount of work is all that is fixed.
  return values[0] * values[1] * values[3];
}

const Workload exchange = {
  .name = "exchange",
  .summary = "random sizes after a power law; threads swap blocks through shared places",
  .parameters = {{"threads", 2, 1, "threads that run at once"},
                 {"rounds", 10, 1, "rounds, each with new threads"},
                 {"places", 1000, 1, "shared places"},
                 {"operations", 800000, 1, "operations of each thread in each round"},
                 {"slots", 20000, 1, "blocks that each thread holds at most"},
                 {"most", 262144, 16, "bytes of the largest block"}},
  .run = run,
};
