// expect: exit 0

// A program that fills its large blocks gets huge pages for them; one that leaves them empty pays for what it touches, and no
// more than once for what it was seen to fill. calloc's blocks are zero either way.

#include "check.h"

enum { SIZE = 16 * MiB, FILLED = 6, SPARSE = 40 };

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

// Whether the system's setting is this one; without huge pages it is [never].
static bool system_says(const char *setting) {
  static char text[64];
  int file = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
  if (file < 0) return strcmp(setting, "[never]") == 0;
  CHECK(read(file, text, sizeof text - 1) > 0);
  close(file);
  return strstr(text, setting) != NULL;
}

int main(void) {
  uses_quarry();
  for (int i = 0; i < FILLED; i++) {
    char *block = calloc(1, SIZE);
    CHECK(block != NULL);
    for (size_t at = 0; at < SIZE; at += 4096) CHECK(block[at] == 0);
    memset(block, 1, SIZE);
  }
  // However slow the first one comes, after which others are left out.
  long huge = kibibytes("/proc/self/smaps_rollup", "AnonHugePages:");
  CHECK(system_says("[never]") ? huge <= 0 : huge >= 2 * 1024);
  long before = kibibytes("/proc/self/status", "VmRSS:");
  for (int i = 0; i < SPARSE; i++) {
    char *block = malloc(SIZE);
    CHECK(block != NULL);
    block[0] = block[SIZE / 2] = 1;
  }
  // Where every huge page is the system's own doing, each touch has one.
  long touched = kibibytes("/proc/self/status", "VmRSS:") - before;
  CHECK(touched < (system_says("[always]") ? SPARSE * 4 * 1024 : 0) + SIZE / 1024 + 1024);
}
