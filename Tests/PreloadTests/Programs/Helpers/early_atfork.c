// Registers its fork handlers before any other library does.

#include "check.h"

int early_ran;

static void handler(void) {
  for (int i = 0; i < 100; i++) free(calloc(1, (size_t)i * 100));
  early_ran++;
}

__attribute__((constructor)) static void early(void) { CHECK(pthread_atfork(handler, handler, handler) == 0); }
