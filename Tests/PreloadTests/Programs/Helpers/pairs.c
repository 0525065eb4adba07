// As many pairs of malloc and free of a small object as its argument says.

#include <stdlib.h>

int main(int count, char **arguments) {
  if (count != 2) return 1;
  for (long pairs = atol(arguments[1]); pairs > 0; pairs--) {
    long *block = malloc(24);
    *(volatile long *)block = pairs;
    free(block);
  }
}
