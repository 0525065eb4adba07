// Inside of libquarry-trace.so. Downwards: requests.c (what the program calls) → writer.c (events into chunks) →
// trace_file.c (the file and its chunks) and modules.c (what code is mapped). Nothing here allocates, takes a lock, or
// changes errno.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_format.h"

// trace_file.c

// Whether this process records; begins a file of its own in the child of a fork. Cheap.
bool trace_is_open(void);
// The header in the file, valid while trace_is_open().
struct quarry_trace_header *trace_header(void);
// A zeroed chunk, mapped; NULL when the file cannot grow: then recording has ended, and standard error says so.
struct quarry_trace_chunk *trace_take_chunk(void);
// Unmaps the chunk, as one that is complete, or as another process's.
void trace_finish_chunk(struct quarry_trace_chunk *chunk);
void trace_release_chunk(struct quarry_trace_chunk *chunk);
// Zeroed memory from the system, NULL if there is none.
void *trace_map_memory(size_t bytes);
// Changes with every file, so that what belongs to the one before is known.
uint32_t trace_generation(void);

// modules.c

// Writes what is mapped into the file when `caller` is in none of the known places.
void trace_note_caller(uint64_t caller);
void trace_forget_modules(void);

// writer.c

// Whether requests are recorded; then trace_write must follow. The thread has its writer from here on: numbers that are
// taken later are above all that others wrote with it.
bool trace_begin(void);
// The next number of the sequence.
uint64_t trace_take_number(void);

struct trace_request {
  enum quarry_trace_event kind;
  uint32_t order;
  uint64_t first_number;  // of realloc
  uint64_t number;
  uint64_t caller;
  uint64_t size;
  uint64_t old;
  uint64_t address;
};
void trace_write(const struct trace_request *request);
// Once, before any other thread is there.
void trace_prepare_writers(void);
