// A plugin that allocates and frees for its caller.

#include <stdlib.h>

void *allocate(size_t size) { return malloc(size); }

void release(void *block) { free(block); }
