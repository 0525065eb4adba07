// expect: exit 0
// links: quarry
// deadline: 180

// A million GFP_ATOMIC allocations, a hundred at each tick of a signal at 1 kHz, whose handler interrupts threads that
// allocate and free through malloc, kmalloc and alloc_pages. The handler frees as well, what those threads allocated. No
// block is lost or given twice, nothing stands still, and the handler makes no system call but wake-ups.

#include <linux/futex.h>
#include <quarry/kernel.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>

#include "check.h"

enum { TOTAL = 1000000, A_TICK = 100, RING = 1 << 16, WORKERS = 2, HANDED = 1 << 10 };

typedef struct { size_t size, seed; } Head;

static _Atomic(char *) packets[RING];       // from the handler to the consumer
static atomic_ulong produced, refused, consumed;
static _Atomic(char *) handed[HANDED];      // from the workers to the handler
static atomic_ulong freed_in_handler, wrong_system_calls, wakes;
static atomic_bool done;

// MARK: System calls of the handler

// While it is set to BLOCK the thread's system calls arrive here instead.
static __thread volatile char selector = SYSCALL_DISPATCH_FILTER_ALLOW;
static int last_system_call;

static void system_call(int signal, siginfo_t *info, void *context) {
  (void)signal;
  selector = SYSCALL_DISPATCH_FILTER_ALLOW;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  last_system_call = info->si_syscall;
  bool wakes_only = info->si_syscall == SYS_futex && ((int)registers[REG_RSI] & FUTEX_CMD_MASK) == FUTEX_WAKE;
  atomic_fetch_add(wakes_only ? &wakes : &wrong_system_calls, 1);
  registers[REG_RAX] = syscall(info->si_syscall, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                               registers[REG_R10], registers[REG_R8], registers[REG_R9]);
  selector = SYSCALL_DISPATCH_FILTER_BLOCK;
}

// MARK: The handler

static void make_packet(Random *random) {
  size_t size = sizeof(Head) + random_below(random, 1500);
  char *packet = kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);
  if (packet == NULL) {
    atomic_fetch_add(&refused, 1);
    return;
  }
  unsigned long number = atomic_fetch_add(&produced, 1);
  *(Head *)packet = (Head){size, number};
  fill(packet + sizeof(Head), size - sizeof(Head), number);
  char *old = atomic_exchange(&packets[number % RING], packet);
  CHECK(old == NULL);
}

static void tick(int signal) {
  (void)signal;
  int saved = errno;
  selector = SYSCALL_DISPATCH_FILTER_BLOCK;
  unsigned long number = atomic_load(&produced);
  Random random = {number};
  if (number - atomic_load(&consumed) < RING / 2) {
    for (int i = 0; i < A_TICK; i++) make_packet(&random);
  }
  for (int i = 0; i < 20; i++) {
    char *block = atomic_exchange(&handed[random_below(&random, HANDED)], NULL);
    if (block == NULL) continue;
    kfree(block);
    atomic_fetch_add(&freed_in_handler, 1);
  }
  selector = SYSCALL_DISPATCH_FILTER_ALLOW;
  errno = saved;
}

// MARK: Threads

static void watch_system_calls(void) {
  // The return from a signal handler is a system call, too, and always allowed.
  struct { void *handler; unsigned long flags; char *restorer; unsigned long mask; } action;
  CHECK(syscall(SYS_rt_sigaction, SIGSYS, NULL, &action, 8) == 0 && action.restorer != NULL);
  CHECK(prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, action.restorer, 16, &selector) == 0);
}

static void *work(void *argument) {
  watch_system_calls();
  Random random = {(uintptr_t)argument};
  struct { char *block; size_t size, seed; unsigned kind; } slots[256] = {0};
  while (!atomic_load(&done)) {
    size_t slot = random_below(&random, 256);
    if (slots[slot].block != NULL) {
      CHECK(holds(slots[slot].block, slots[slot].size, slots[slot].seed));
      switch (slots[slot].kind) {
        case 0: free(slots[slot].block); break;
        case 1: kfree(slots[slot].block); break;
        default: free_pages((unsigned long)slots[slot].block, 1); break;
      }
    }
    size_t size = slots[slot].size = 8 + random_below(&random, random_below(&random, 16) == 0 ? 40000 : 500);
    slots[slot].seed = (size_t)next_random(&random);
    slots[slot].kind = (unsigned)random_below(&random, 3);
    switch (slots[slot].kind) {
      case 0: slots[slot].block = malloc(size); break;
      case 1: slots[slot].block = kmalloc(size, GFP_KERNEL); break;
      default:
        slots[slot].size = 2 * PAGE_SIZE;
        slots[slot].block = (char *)__get_free_pages(GFP_KERNEL, 1);
        break;
    }
    CHECK(slots[slot].block != NULL);
    fill(slots[slot].block, slots[slot].size, slots[slot].seed);
    if (random_below(&random, 8) == 0) {
      char *block = kmalloc(random_below(&random, 16) == 0 ? 50000 : 100, GFP_KERNEL);
      CHECK(block != NULL);
      kfree(atomic_exchange(&handed[random_below(&random, HANDED)], block));
    }
  }
  return NULL;
}

static void consume(void) {
  unsigned long number = atomic_load(&consumed);
  char *packet = atomic_exchange(&packets[number % RING], NULL);
  if (packet == NULL) return;
  Head head = *(Head *)packet;
  CHECK(head.seed == number);
  CHECK(holds(packet + sizeof head, head.size - sizeof head, number));
  kfree(packet);
  atomic_store(&consumed, number + 1);
}

int main(void) {
  CHECK(quarry_init() == 0);
  struct sigaction trap = {.sa_sigaction = system_call, .sa_flags = SA_SIGINFO | SA_NODEFER};
  CHECK(sigaction(SIGSYS, &trap, NULL) == 0);
  struct sigaction alarm = {.sa_handler = tick, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGALRM, &alarm, NULL) == 0);
  watch_system_calls();
  pthread_t threads[WORKERS];
  for (uintptr_t i = 0; i < WORKERS; i++) threads[i] = start(work, (void *)(i + 1));
  struct itimerval every = {{0, 1000}, {0, 1000}};
  CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
  while (atomic_load(&produced) < TOTAL) consume();
  every = (struct itimerval){0};
  CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
  atomic_store(&done, true);
  for (int i = 0; i < WORKERS; i++) join(threads[i]);
  while (atomic_load(&consumed) < atomic_load(&produced)) consume();
  printf("%lu packets, %lu refused, %lu freed in the handler, %lu wake-ups, %zu KiB resident\n",
         atomic_load(&produced), atomic_load(&refused), atomic_load(&freed_in_handler), atomic_load(&wakes),
         resident() / KiB);
  if (atomic_load(&wrong_system_calls) > 0) fprintf(stderr, "system call %d\n", last_system_call);
  CHECK(atomic_load(&wrong_system_calls) == 0);
  CHECK(atomic_load(&freed_in_handler) > 1000);
  CHECK(resident() < 128 * MiB);
}
