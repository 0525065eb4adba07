// expect: exit 0
// standard: yes

// A buffer that grows by half again and again, with other blocks in its way, and shrinks back.

#include "check.h"

int main(void) {
  uses_quarry();
  size_t size = 10;
  char *buffer = malloc(size);
  CHECK(buffer != NULL);
  fill(buffer, size, 9);
  void *others[100];
  int count = 0;
  while (size < 300 * MiB) {
    size_t larger = size + size / 2;
    others[count] = malloc(larger % 50000);
    CHECK(others[count++] != NULL);
    buffer = realloc(buffer, larger);
    CHECK(buffer != NULL);
    CHECK(holds(buffer, size, 9));
    fill(buffer, larger, 9);
    size = larger;
  }
  while (size > 10) {
    size_t smaller = size / 3 * 2;
    buffer = realloc(buffer, smaller);
    CHECK(buffer != NULL);
    CHECK(holds_part(buffer, smaller, size, 9));
    fill(buffer, smaller, 9);
    size = smaller;
  }
  free(buffer);
  while (count > 0) free(others[--count]);
}
