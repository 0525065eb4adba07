// Many processes with a heap each, until the end of the input. It says that they are ready, and their numbers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words) {
  int children = count > 1 ? atoi(words[1]) : 100;
  int ends[2];
  int ready[2];
  if (pipe(ends) != 0 || pipe(ready) != 0) return 1;
  pid_t *numbers = calloc(children, sizeof *numbers);
  for (int i = 0; i < children; i++) {
    numbers[i] = fork();
    if (numbers[i] < 0) return 1;
    if (numbers[i] != 0) continue;
    close(ends[1]);
    char *block = memset(malloc(100), 1, 100);
    if (write(ready[1], block, 1) != 1) return 1;
    // Ends with the first process.
    _exit(read(ends[0], block, 1) > 0);
  }
  char byte;
  for (int i = 0; i < children; i++) {
    if (read(ready[0], &byte, 1) != 1) return 1;
  }
  printf("ready");
  for (int i = 0; i < children; i++) printf(" %d", numbers[i]);
  printf("\n");
  fflush(stdout);
  while (read(0, &byte, 1) > 0) {}
  return 0;
}
