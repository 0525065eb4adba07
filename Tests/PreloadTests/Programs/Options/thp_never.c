// expect: exit 0
// options: thp=never

// Then no huge page is asked for, however large a program becomes.

#include "check.h"

enum { SIZE = 1000, COUNT = 100 * MiB / SIZE };

static char text[1 << 16];

// The first bytes of a file.
static const char *start_of(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
  close(file);
  text[length < 0 ? 0 : length] = 0;
  return text;
}

int main(void) {
  uses_quarry();
  // Where the system gives them unasked, there is nothing to see.
  if (strstr(start_of("/sys/kernel/mm/transparent_hugepage/enabled"), "[always]") != NULL) return 0;
  for (int i = 0; i < COUNT; i++) {
    char *block = malloc(SIZE);
    CHECK(block != NULL);
    memset(block, 1, SIZE);
  }
  const char *found = strstr(start_of("/proc/self/smaps_rollup"), "AnonHugePages:");
  CHECK(found != NULL && strtol(found + 14, NULL, 10) == 0);
}
