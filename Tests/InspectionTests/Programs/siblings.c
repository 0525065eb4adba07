// Two processes of one layout: children of one parent, with 20,000 and 24,000 blocks of 1000 bytes, until the end of the
// input. It says that they are ready, and their numbers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  int ends[2], ready[2];
  if (pipe(ends) != 0 || pipe(ready) != 0) return 1;
  pid_t numbers[2];
  for (int i = 0; i < 2; i++) {
    numbers[i] = fork();
    if (numbers[i] < 0) return 1;
    if (numbers[i] != 0) continue;
    close(ends[1]);
    char *block = 0;
    for (int count = 20000 + i * 4000; count > 0; count--) block = memset(malloc(1000), 1, 1000);
    if (write(ready[1], block, 1) != 1) return 1;
    // Ends with the first process.
    _exit(read(ends[0], block, 1) > 0);
  }
  char bytes[2];
  for (int i = 0; i < 2; i++) {
    if (read(ready[0], &bytes[i], 1) != 1) return 1;
  }
  printf("ready %d %d\n", numbers[0], numbers[1]);
  fflush(stdout);
  while (read(0, bytes, 1) > 0) {}
  return 0;
}
