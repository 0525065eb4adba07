// expect: exit 0

// A program that has become large gets huge pages for its small blocks, what it frees goes back all the same, and blocks
// of whole pages from there are zero when they have to be.

#include <malloc.h>
#include "check.h"

enum { SIZE = 1000, COUNT = 160 * MiB / SIZE, ZEROED = 48 << 10 };

static char *blocks[COUNT];

// The number behind a name in a file, in KiB; -1 where it has none.
static long kibibytes(const char *path, const char *name) {
  static char text[1 << 16];
  int file = open(path, O_RDONLY | O_CLOEXEC);
  CHECK(file >= 0);
  size_t length = 0;
  for (ssize_t got; (got = read(file, text + length, sizeof text - 1 - length)) > 0;) length += (size_t)got;
  close(file);
  text[length] = 0;
  char *found = strstr(text, name);
  return found == NULL ? -1 : strtol(found + strlen(name), NULL, 10);
}

static int are_allowed(void) {
  static char text[64];
  int file = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  CHECK(read(file, text, sizeof text - 1) > 0);
  close(file);
  return strstr(text, "[never]") == NULL;
}

int main(void) {
  uses_quarry();
  long before = kibibytes("/proc/self/status", "VmRSS:");
  for (int i = 0; i < COUNT; i++) {
    blocks[i] = malloc(SIZE);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 1, SIZE);
  }
  long grown = kibibytes("/proc/self/status", "VmRSS:") - before;
  CHECK(grown < 180 * 1024);
  // However slow the first one comes, after which others are left out.
  if (are_allowed()) CHECK(kibibytes("/proc/self/smaps_rollup", "AnonHugePages:") >= 2 * 1024);
  // Between the small blocks of a huge page lie untouched pages, too.
  for (int i = 0; i < 64; i++) {
    char *zeroed = calloc(1, ZEROED);
    CHECK(zeroed != NULL);
    for (int at = 0; at < ZEROED; at++) CHECK(zeroed[at] == 0);
    memset(zeroed, 2, ZEROED);
    if (i % 2) free(zeroed);
  }
  for (int i = 0; i < COUNT; i++) free(blocks[i]);
  CHECK(malloc_trim(0) == 1);
  CHECK(kibibytes("/proc/self/status", "VmRSS:") - before < 8 * 1024);
}
