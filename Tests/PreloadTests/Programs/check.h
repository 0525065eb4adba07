// What the programs share. Nothing here allocates, so a check disturbs nothing.

#pragma once
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KiB = 1 << 10, MiB = 1 << 20, GiB = 1 << 30 };

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

static inline void check_failed(const char *file, int line, const char *condition) {
  char text[512];
  int length = snprintf(text, sizeof text, "%s:%d: not so: %s (errno %d)\n", file, line, condition, errno);
  if (write(2, text, (size_t)length) < 0) _exit(2);
  _exit(1);
}

// A value of which the compiler knows nothing: it neither warns of the misuse that follows nor folds it away.
static inline void *hide(void *pointer) {
  __asm__ volatile("" : "+r"(pointer));
  return pointer;
}

static inline size_t hide_size(size_t size) {
  __asm__ volatile("" : "+r"(size));
  return size;
}

// Where the library is preloaded it must be the one that serves; the same programs run without it, too.
static inline void uses_quarry(void) {
  if (getenv("LD_PRELOAD") == NULL) return;
  void *version = dlsym(RTLD_DEFAULT, "quarry_version");
  CHECK(version != NULL);
  Dl_info ours, theirs;
  CHECK(dladdr(version, &ours) != 0);
  CHECK(dladdr(dlsym(RTLD_DEFAULT, "malloc"), &theirs) != 0);
  CHECK(ours.dli_fbase == theirs.dli_fbase);
}

// Tells the runner which pointer a message has to name.
static inline void *name_pointer(void *pointer) {
  char text[64];
  int length = snprintf(text, sizeof text, "pointer: 0x%lx\n", (unsigned long)pointer);
  CHECK(write(1, text, (size_t)length) == length);
  return pointer;
}

static inline bool is_aligned(const void *pointer, size_t alignment) {
  return ((uintptr_t)pointer & (alignment - 1)) == 0;
}

// Contents that depend on the seed and on the place. Four megabytes are written whole; of larger blocks the first
// and the last page, and a word in every 64 KiB between.
static inline uint64_t content(size_t index, size_t seed) {
  uint64_t x = (index + seed * 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
  return x ^ (x >> 32);
}

static inline size_t content_after(size_t index, size_t size) {
  size_t last_page = (size - 4096) & ~(size_t)7;
  if (size <= 4 * MiB || index < 4096 || index >= last_page) return index + 8;
  return index + 64 * KiB < last_page ? index + 64 * KiB : last_page;
}

static inline void fill(void *block, size_t size, size_t seed) {
  for (size_t i = 0; i < size; i = content_after(i, size)) {
    uint64_t word = content(i, seed);
    memcpy((char *)block + i, &word, size - i < 8 ? size - i : 8);
  }
}

// Whether the first `size` bytes still are what fill(block, whole, seed) wrote.
static inline bool holds_part(const void *block, size_t size, size_t whole, size_t seed) {
  for (size_t i = 0; i < size; i = content_after(i, whole)) {
    uint64_t word = content(i, seed);
    if (memcmp((const char *)block + i, &word, size - i < 8 ? size - i : 8) != 0) return false;
  }
  return true;
}

static inline bool holds(const void *block, size_t size, size_t seed) {
  return holds_part(block, size, size, seed);
}

static inline bool all_bytes(const void *block, size_t size, unsigned char value) {
  const unsigned char *bytes = (const unsigned char *)block;
  return size == 0 || (bytes[0] == value && memcmp(bytes, bytes + 1, size - 1) == 0);
}

// Pseudo-random numbers, the same in every run.
typedef struct { uint64_t state; } Random;

static inline uint64_t next_random(Random *random) {
  uint64_t x = random->state += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

static inline size_t random_below(Random *random, size_t bound) { return (size_t)(next_random(random) % bound); }

// Small sizes often, large ones seldom, each order of magnitude equally likely up to 2^bits.
static inline size_t random_size(Random *random, unsigned bits) {
  return (size_t)next_random(random) & (((size_t)1 << random_below(random, bits + 1)) - 1);
}

static inline pthread_t start(void *(*body)(void *), void *argument) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, body, argument) == 0);
  return thread;
}

static inline void join(pthread_t thread) { CHECK(pthread_join(thread, NULL) == 0); }

// A number of kilobytes from a file of /proc/self, in bytes: figure("smaps_rollup", "Rss:").
static inline size_t figure(const char *file, const char *name) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/self/%s", file);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  CHECK(descriptor >= 0);
  size_t length = 0;
  for (ssize_t count; (count = read(descriptor, text + length, sizeof text - 1 - length)) > 0;) length += (size_t)count;
  text[length] = 0;
  close(descriptor);
  const char *found = strstr(text, name);
  CHECK(found != NULL);
  return strtoul(found + strlen(name), NULL, 10) * 1024;
}

// Exact, unlike VmRSS, which the kernel counts in batches. Without the pages of files, of which the kernel maps many or few
// at a time, by what it has in memory.
static inline size_t resident(void) { return figure("smaps_rollup", "Anonymous:"); }
