// Many processes with a heap each, until the end of the input.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words) {
  int children = count > 1 ? atoi(words[1]) : 100;
  int ends[2];
  if (pipe(ends) != 0) return 1;
  for (int i = 0; i < children; i++) {
    if (fork() != 0) continue;
    close(ends[1]);
    char *block = memset(malloc(100), 1, 100);
    // Ends with the first process.
    _exit(read(ends[0], block, 1) > 0);
  }
  printf("ready\n");
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {}
  return 0;
}
