// expect: abort
// options: sample=off
// stderr: quarry: {1}({pointer}): *{not from,not aligned,not the start,misaligned}*
// args: free stack
// args: free static
// args: free code
// args: free mapping
// args: free low
// args: free high
// args: free noncanonical
// args: free minus-one
// args: free misaligned-stack
// args: realloc stack
// args: realloc static
// args: realloc mapping
// args: realloc low
// args: realloc misaligned-stack
// args: malloc_usable_size stack
// args: malloc_usable_size static
// args: malloc_usable_size mapping
// args: malloc_usable_size low

// Pointers that never came from an allocator.

#include <sys/mman.h>
#include "check.h"

static _Alignas(64) char in_static_data[256];

static void *pointer_of(const char *kind, void *on_stack) {
  if (strcmp(kind, "stack") == 0) return on_stack;
  if (strcmp(kind, "misaligned-stack") == 0) return (char *)on_stack + 3;
  if (strcmp(kind, "static") == 0) return in_static_data + 64;
  if (strcmp(kind, "code") == 0) return (void *)((uintptr_t)pointer_of & ~(uintptr_t)15);
  if (strcmp(kind, "low") == 0) return (void *)16;
  if (strcmp(kind, "high") == 0) return (void *)0xffff800000001000;
  if (strcmp(kind, "noncanonical") == 0) return (void *)0x1234567890abcd00;
  if (strcmp(kind, "minus-one") == 0) return (void *)-1;
  void *mapping = mmap(NULL, MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mapping != MAP_FAILED);
  return mapping;
}

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 3);
  _Alignas(64) char on_stack[256] = {0};
  void *pointer = name_pointer(hide(pointer_of(arguments[2], on_stack)));
  if (strcmp(arguments[1], "free") == 0) free(pointer);
  if (strcmp(arguments[1], "realloc") == 0) pointer = realloc(pointer, 1000);
  if (strcmp(arguments[1], "malloc_usable_size") == 0) malloc_usable_size(pointer);
}
