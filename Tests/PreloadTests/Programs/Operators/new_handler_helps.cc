// expect: exit 0
// standard: yes
// limit: as=512

// A new_handler that frees its reserve lets the request succeed.

#include <new>
#include "check.h"

static void *reserve;
static int calls;

static void release_reserve() {
  CHECK(++calls == 1);
  free(reserve);
}

int main() {
  uses_quarry();
  size_t size = 300 * MiB;
  reserve = malloc(size);
  CHECK(reserve != nullptr);
  std::set_new_handler(release_reserve);
  char *block = static_cast<char *>(::operator new(hide_size(size)));
  CHECK(calls == 1);
  block[size - 1] = 1;
  ::operator delete(block);
}
