// What an analysis has to tell, in known numbers: 100 blocks of 40 bytes that another thread frees, 50 of 33 bytes that live
// for one step each, 20 that grow from 100 to 5000 bytes and stay, 7 that shrink from 3000 to 10 bytes and go.
#include <pthread.h>
#include <stdlib.h>

static void *passed[100];
static void *kept[20];

static void *free_all(void *unused) {
  for (int i = 0; i < 100; i++) free(passed[i]);
  return unused;
}

int main(void) {
  for (int i = 0; i < 100; i++) passed[i] = malloc(40);
  pthread_t thread;
  if (pthread_create(&thread, NULL, free_all, NULL) != 0) return 1;
  pthread_join(thread, NULL);
  for (int i = 0; i < 50; i++) free(malloc(33));
  for (int i = 0; i < 20; i++) kept[i] = realloc(malloc(100), 5000);
  for (int i = 0; i < 7; i++) free(realloc(malloc(3000), 10));
  return 0;
}
