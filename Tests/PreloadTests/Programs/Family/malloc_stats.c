// expect: exit 0
// standard: yes

// malloc_stats writes to standard error alone.

#include <sys/mman.h>
#include "check.h"

int main(void) {
  uses_quarry();
  int out = memfd_create("out", 0), errors = memfd_create("errors", 0);
  int old_out = dup(1), old_errors = dup(2);
  CHECK(dup2(out, 1) == 1 && dup2(errors, 2) == 2);
  malloc_stats();
  fflush(NULL);
  CHECK(dup2(old_out, 1) == 1 && dup2(old_errors, 2) == 2);
  CHECK(lseek(out, 0, SEEK_END) == 0);
  CHECK(lseek(errors, 0, SEEK_END) > 0);
}
