// expect: exit 0
// options: sample=1
// flags: -O2 -rdynamic -Wno-unknown-pragmas

// Stacks on a program's own stacks, and with a frame pointer that points to anything: nothing is read that is not mapped.

#include <sys/mman.h>
#include <ucontext.h>
#include "profile.h"

static ucontext_t outside, fiber;
static int depth;

static __attribute__((noinline)) void nested(int remaining) {
  if (remaining > 0) {
    nested(remaining - 1);
  } else {
    void *block = malloc(24);
    check_stack(block);
    free(block);
  }
  __asm__ volatile("");
}

static void body(void) { nested(depth); }

static void run(char *stack, size_t bytes) {
  CHECK(getcontext(&fiber) == 0);
  fiber.uc_stack.ss_sp = stack;
  fiber.uc_stack.ss_size = bytes;
  fiber.uc_link = &outside;
  makecontext(&fiber, body, 0);
  for (depth = 0; depth < 8; depth++) {
    makecontext(&fiber, body, 0);
    CHECK(swapcontext(&outside, &fiber) == 0);
  }
}

// Calls malloc with a frame pointer of the caller's choice, from code of which no table tells.
void *malloc_with_frame_pointer(size_t size, uintptr_t frame_pointer);
__asm__(
    ".pushsection .text\n"
    "malloc_with_frame_pointer:\n"
    "  push %rbp\n"
    "  mov %rsi, %rbp\n"
    "  call malloc@plt\n"
    "  pop %rbp\n"
    "  ret\n"
    ".popsection\n");

static void *thread(void *argument) {
  (void)argument;
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  uintptr_t wrong[] = {0, 1, 8, here - 4096, here + 1, here + 8, here + 4096, here + 64 * KiB, here + 16 * MiB,
                       (uintptr_t)1 << 47, (uintptr_t)-16, (uintptr_t)-8, (uintptr_t)-1};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    void *block = malloc_with_frame_pointer(24, wrong[i]);
    CHECK(passes(stack_of(block), (void *)malloc_with_frame_pointer, 32));
    free(block);
  }
  return NULL;
}

int main(void) {
  uses_quarry();
  warm_up();
  size_t bytes = 256 * KiB;
  // With nothing readable on either side.
  char *guarded = mmap(NULL, bytes + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mprotect(guarded + 4096, bytes, PROT_READ | PROT_WRITE) == 0);
  for (size_t size = 16 * KiB; size <= bytes; size *= 2) run(guarded + 4096 + bytes - size, size);
  run(malloc(64 * KiB), 64 * KiB);
  thread(NULL);
  join(start(thread, NULL));

  // A thread on a stack of its own, as small as can be.
  pthread_attr_t attributes;
  pthread_t small;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstack(&attributes, guarded + 4096, 16 * KiB) == 0);
  CHECK(pthread_create(&small, &attributes, thread, NULL) == 0);
  join(small);
  return 0;
}
