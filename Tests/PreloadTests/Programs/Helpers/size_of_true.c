// Runs true a hundred times and says the mean of its peak resident memory. Linked statically, so that a preloaded library
// is loaded into true alone; the peak that the kernel reports includes the little that this program had before exec.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  enum { runs = 100 };
  long total = 0;
  for (int run = 0; run < runs; run += 1) {
    pid_t child = vfork();
    if (child == 0) {
      execlp("true", "true", (char *)NULL);
      _exit(127);
    }
    struct rusage usage;
    int status;
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) return 1;
    total += usage.ru_maxrss * 1024;
  }
  printf("%ld", total / runs);
}
