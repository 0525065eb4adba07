// Makes as many requests as are asked for, of which one is live at a time, and prints the most memory that it ever had.
//   steady LOG COUNT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argument_count, char **arguments) {
  long count = argument_count > 2 ? atol(arguments[2]) : 0;
  for (long i = 0; i < count; i++) free(malloc((size_t)(i % 512)));
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, "VmHWM:", 6) == 0) return printf("%s", line) < 0;
  }
  return 1;
}
