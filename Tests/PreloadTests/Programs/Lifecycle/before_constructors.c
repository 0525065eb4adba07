// expect: exit 0
// helper: early.c
// env: LD_PRELOAD={library}:{helper}

// Allocation works before any constructor has run, the library's own included: .preinit_array comes first of all,
// and a library preloaded after ours is initialised before it.

#include "check.h"

static char *from_preinit;

static void preinit(void) {
  from_preinit = malloc(100);
  CHECK(from_preinit != NULL);
  fill(from_preinit, 100, 1);
  free(malloc(100000));
  for (int i = 0; i < 1000; i++) free(calloc(1, (size_t)i));
}

__attribute__((section(".preinit_array"), used)) static void (*entry)(void) = preinit;

int main(void) {
  uses_quarry();
  char *(*early_block)(void) = (char *(*)(void))dlsym(RTLD_DEFAULT, "early_block");
  CHECK(early_block != NULL);
  char *from_constructor = early_block();
  CHECK(from_constructor != NULL && holds(from_constructor, 3000, 2));
  CHECK(holds(from_preinit, 100, 1));
  free(from_preinit);
  from_constructor = realloc(from_constructor, 300000);
  CHECK(from_constructor != NULL && holds(from_constructor, 3000, 2));
  free(from_constructor);
}
