// What the programs about giving memory back share.

#pragma once
#include <dirent.h>
#include <time.h>
#include "check.h"

// Waits until the condition holds. The deadline is far beyond what the library promises, which other programs that use the
// processors may put off.
#define UNTIL(condition)                                                 \
  for (int tries_ = 0; !(condition); tries_++) {                         \
    if (tries_ == 6000) check_failed(__FILE__, __LINE__, #condition);    \
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);    \
  }

// The threads of the process. Nothing is allocated, so that nothing is woken.
typedef struct {
  int count;
  int kswapd;             // of them, the library's own
  uint64_t kswapd_blocks; // the signals that it blocks
} Threads;

static inline Threads threads(void) {
  Threads found = {0};
  int folder = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CHECK(folder >= 0);
  char entries[4096];
  for (ssize_t size; (size = getdents64(folder, entries, sizeof entries)) > 0;) {
    for (ssize_t at = 0; at < size;) {
      struct dirent64 *entry = (struct dirent64 *)(entries + at);
      at += entry->d_reclen;
      if (entry->d_name[0] == '.') continue;
      char path[64], text[4096];
      snprintf(path, sizeof path, "%.20s/status", entry->d_name);
      int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
      if (file < 0) continue;  // it has ended
      ssize_t length = read(file, text, sizeof text - 1);
      close(file);
      if (length <= 0) continue;
      text[length] = 0;
      found.count++;
      if (strstr(text, "quarry-kswapd") == NULL) continue;
      found.kswapd++;
      found.kswapd_blocks = strtoull(strstr(text, "SigBlk:") + 7, NULL, 16);
    }
  }
  close(folder);
  return found;
}

static pthread_barrier_t begun;

static void *wait_for_ever(void *argument) {
  free(malloc(100));
  pthread_barrier_wait(&begun);
  for (;;) pause();
  return argument;
}

// Makes the process one of several threads, each of which has a heap.
static inline void be_several(void) {
  free(malloc(100));
  CHECK(pthread_barrier_init(&begun, NULL, 2) == 0);
  start(wait_for_ever, NULL);
  pthread_barrier_wait(&begun);
}

// Allocates this many bytes in small blocks, and frees them all.
static inline void peak(size_t bytes) {
  enum { SIZE = 1000 };
  size_t count = bytes / SIZE;
  char **blocks = malloc(count * sizeof *blocks);
  CHECK(blocks != NULL);
  for (size_t i = 0; i < count; i++) {
    blocks[i] = malloc(SIZE);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], 1, SIZE);
  }
  for (size_t i = 0; i < count; i++) free(blocks[i]);
  free(blocks);
}
