// A process whose first thread ends at once; the second one makes known contents, loses one block of them, and waits for
// the end of its input.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *blocks[500];
static pthread_t first;
// Of the lost block, what nobody who looks for pointers takes for one.
unsigned long hidden;

static void lose(void) { hidden = ~(unsigned long)memset(malloc(5000), 1, 5000); }

static void *work(void *unused) {
  pthread_join(first, NULL);
  for (int i = 0; i < 500; i++) blocks[i] = memset(malloc(100), 1, 100);
  lose();
  printf("ready live=%p\n", blocks[7]);
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {}
  return unused;
}

int main(void) {
  pthread_t second;
  first = pthread_self();
  pthread_create(&second, NULL, work, NULL);
  pthread_exit(NULL);
}
