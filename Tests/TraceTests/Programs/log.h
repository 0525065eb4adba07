// What a program asked for, written down by itself: a record a request, in a mapped file that outlives the program. Every
// thread has a region of its own, which ends where a record's kind is 0.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum kind { kind_malloc = 1, kind_calloc, kind_realloc, kind_free, kind_aligned };

struct record {
  // Stored last.
  uint32_t kind;
  uint32_t order;
  uint64_t size;
  uint64_t old;
  uint64_t address;
};

struct log {
  struct record *next, *end;
};

static struct record *records;
static unsigned long records_a_region;

static inline void open_log(const char *path, unsigned long regions, unsigned long count) {
  size_t bytes = regions * count * sizeof(struct record);
  int descriptor = open(path, O_RDWR | O_CREAT, 0600);
  if (descriptor < 0 || ftruncate(descriptor, (off_t)bytes) != 0) abort();
  void *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapping == MAP_FAILED) abort();
  records = (struct record *)mapping;
  close(descriptor);
  records_a_region = count;
}

static inline struct log region(unsigned long index) {
  return (struct log){records + index * records_a_region, records + (index + 1) * records_a_region};
}

static inline int is_full(const struct log *log) { return log->next == log->end; }

// Also checks that the request left errno alone, which it finds as `mark_errno` made it.
static inline void note(struct log *log, enum kind kind, uint32_t order, uint64_t size, uint64_t old, const void *address) {
  if (errno != 77) _exit(3);
  if (is_full(log)) _exit(4);
  struct record *record = log->next++;
  record->order = order;
  record->size = size;
  record->old = old;
  record->address = (uint64_t)address;
  __atomic_store_n(&record->kind, (uint32_t)kind, __ATOMIC_RELEASE);
}

static inline void mark_errno(void) { errno = 77; }
