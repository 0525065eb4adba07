// A plugin that allocates and frees for its caller.

#include <stdlib.h>

// A call, rather than a jump: so the plugin is on the stack.
void *allocate(size_t size) {
  void *block = malloc(size);
  __asm__ volatile("" : "+r"(block));
  return block;
}

void release(void *block) { free(block); }
