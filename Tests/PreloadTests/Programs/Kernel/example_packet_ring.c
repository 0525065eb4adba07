// expect: exit 0
// stdout: received 2000 packets, 0 lost
// links: quarry

// An example: a driver's ring of packets. The "interrupt", SIGALRM, allocates each packet with GFP_ATOMIC and puts it into
// the ring; the program takes it out and frees it. Neither waits for the other, nor for the allocator.

#include <quarry/kernel.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

#include "check.h"

enum { SLOTS = 64, PACKETS = 2000, A_TICK = 8 };

struct packet {
  unsigned long number;
  size_t length;
  unsigned char payload[];
};

// One producer and one consumer: each moves its own end alone.
static struct {
  _Atomic unsigned long head, tail;
  struct packet *slots[SLOTS];
} ring;

static _Atomic unsigned long lost;

static void interrupt(int signal) {
  (void)signal;
  for (int i = 0; i < A_TICK; i++) {
    unsigned long head = atomic_load_explicit(&ring.head, memory_order_relaxed);
    if (head == PACKETS || head - atomic_load_explicit(&ring.tail, memory_order_acquire) == SLOTS) return;
    size_t length = 64 + head % 1400;
    struct packet *packet = kmalloc(sizeof *packet + length, GFP_ATOMIC);
    if (packet == NULL) {
      atomic_fetch_add(&lost, 1);
      return;
    }
    packet->number = head;
    packet->length = length;
    memset(packet->payload, (int)head & 0xff, length);
    ring.slots[head % SLOTS] = packet;
    atomic_store_explicit(&ring.head, head + 1, memory_order_release);
  }
}

static struct packet *receive(void) {
  unsigned long tail = atomic_load_explicit(&ring.tail, memory_order_relaxed);
  if (tail == atomic_load_explicit(&ring.head, memory_order_acquire)) return NULL;
  struct packet *packet = ring.slots[tail % SLOTS];
  atomic_store_explicit(&ring.tail, tail + 1, memory_order_release);
  return packet;
}

int main(void) {
  CHECK(quarry_init() == 0);
  struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  struct itimerval every = {{0, 1000}, {0, 1000}};
  CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);

  unsigned long received = 0;
  while (received < PACKETS) {
    struct packet *packet = receive();
    if (packet == NULL) {
      // Work for the interrupt to interrupt.
      free(malloc(100));
      continue;
    }
    CHECK(packet->number == received++);
    CHECK(all_bytes(packet->payload, packet->length, packet->number & 0xff));
    kfree(packet);
  }
  printf("received %lu packets, %lu lost\n", received, atomic_load(&lost));
}
