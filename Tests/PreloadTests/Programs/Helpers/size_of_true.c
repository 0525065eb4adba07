// Runs true a hundred times and says the mean of its peak resident memory. Linked statically, so that a preloaded library
// is loaded into true alone; the peak that the kernel reports includes the little that this program had before exec.
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  enum { runs = 100 };
  long total = 0;
  for (int run = 0; run < runs; run += 1) {
    pid_t child;
    char *arguments[] = {"true", NULL};
    if (posix_spawnp(&child, "true", NULL, NULL, arguments, environ) != 0) return 1;
    struct rusage usage;
    int status;
    if (wait4(child, &status, 0, &usage) != child || status != 0) return 1;
    total += usage.ru_maxrss * 1024;
  }
  printf("%ld", total / runs);
}
