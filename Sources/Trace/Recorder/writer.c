// Events into chunks. A writer is a chunk with the state that predicts its next event; a thread has one to itself from its
// first request to its end, and the next thread goes on where it stopped. So there are as many as threads ran at once.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "recorder.h"

struct writer {
  // Set once, before the writer is in the list, from which none is ever taken.
  struct writer *next;
  // Taken by exchange: whoever finds false owns all below.
  bool is_taken;
  uint32_t thread;
  struct quarry_trace_chunk *chunk;
  uint8_t *at, *last;
  // As the format says, of this chunk.
  uint64_t number, caller, address;
  uint64_t addresses[quarry_trace_slots];
  struct { uint64_t caller, size; } callers[quarry_trace_slots];
};

static struct {
  struct writer *first;
  uint32_t generation;
  pthread_key_t key;
  bool has_key;
} writers;

static __thread struct {
  struct writer *writer;
  uint32_t number;
  // Of the file that both belong to.
  uint32_t generation;
  // libc frees a little after it has said that the thread ends, and does not say it again.
  bool has_ended;
} thread;

uint64_t trace_take_number(void) { return __atomic_add_fetch(&trace_header()->sequence, 1, __ATOMIC_ACQ_REL); }

static void give_writer_back(void) {
  struct writer *writer = thread.writer;
  thread.writer = NULL;
  if (writer != NULL) __atomic_store_n(&writer->is_taken, false, __ATOMIC_RELEASE);
}

// What this thread asks for later, in other destructors and in libc, takes a writer for one event at a time.
static void thread_ends(void *unused) {
  (void)unused;
  thread.has_ended = true;
  if (trace_is_open() && thread.generation == trace_generation()) give_writer_back();
}

void trace_prepare_writers(void) { writers.has_key = pthread_key_create(&writers.key, thread_ends) == 0; }

static uint8_t *put(uint8_t *at, uint64_t number) {
  for (; number >= 0x80; number >>= 7) *at++ = (uint8_t)(number | 0x80);
  *at++ = (uint8_t)number;
  return at;
}

static uint8_t *put_difference(uint8_t *at, int64_t difference) {
  return put(at, (uint64_t)difference << 1 ^ (uint64_t)(difference >> 63));
}

// The file was begun by this, the only, thread of a child of fork: the chunks are the parent's.
static void forget_writers(void) {
  for (struct writer *writer = writers.first; writer != NULL; writer = writer->next) {
    if (writer->chunk != NULL) trace_release_chunk(writer->chunk);
    writer->chunk = NULL;
    writer->is_taken = false;
  }
  writers.generation = trace_generation();
}

static struct writer *take_writer(void) {
  for (struct writer *each = __atomic_load_n(&writers.first, __ATOMIC_ACQUIRE); each != NULL; each = each->next) {
    if (!__atomic_load_n(&each->is_taken, __ATOMIC_RELAXED) && !__atomic_exchange_n(&each->is_taken, true, __ATOMIC_ACQUIRE))
      return each;
  }
  int saved = errno;
  struct writer *fresh = trace_map_memory(sizeof *fresh);
  errno = saved;
  if (fresh == NULL) return NULL;
  fresh->is_taken = true;
  fresh->next = __atomic_load_n(&writers.first, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&writers.first, &fresh->next, fresh, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
  }
  return fresh;
}

static bool begin_chunk(struct writer *writer, uint64_t number_before) {
  if (writer->chunk != NULL) trace_finish_chunk(writer->chunk);
  writer->chunk = trace_take_chunk();
  if (writer->chunk == NULL) return false;
  writer->at = (uint8_t *)(writer->chunk + 1);
  writer->last = (uint8_t *)writer->chunk + quarry_trace_chunk_bytes - quarry_trace_longest_event;
  writer->number = number_before;
  writer->caller = writer->address = 0;
  memset(writer->addresses, 0, sizeof writer->addresses);
  memset(writer->callers, 0, sizeof writer->callers);
  writer->chunk->thread = writer->thread = thread.number;
  writer->chunk->sequence = number_before;
  __atomic_store_n(&writer->chunk->kind, quarry_trace_events, __ATOMIC_RELEASE);
  return true;
}

// The event's first byte last: until then there is no event.
static void finish(struct writer *writer, uint8_t first, uint8_t *end) {
  __atomic_store_n(writer->at, first, __ATOMIC_RELEASE);
  writer->at = end;
}

__attribute__((noinline)) static bool take_writer_of_thread(void) {
  if (writers.generation != trace_generation()) forget_writers();
  if (thread.generation != trace_generation()) {
    thread.generation = trace_generation();
    thread.writer = NULL;
    thread.number = __atomic_fetch_add(&trace_header()->threads, 1, __ATOMIC_RELAXED);
  }
  struct writer *writer = take_writer();
  if (writer == NULL) return false;
  thread.writer = writer;
  int saved = errno;
  if (writers.has_key && !thread.has_ended) pthread_setspecific(writers.key, writer);
  errno = saved;
  return true;
}

bool trace_begin(void) {
  if (!trace_is_open()) return false;
  if (__builtin_expect(thread.writer != NULL && thread.generation == trace_generation(), 1)) return true;
  return take_writer_of_thread();
}

static uint8_t *put_address(struct writer *writer, uint8_t *at, uint64_t address, uint8_t known, uint8_t *first) {
  uint32_t slot = quarry_trace_address_slot(address);
  if (writer->addresses[slot] == address) {
    *first |= known;
    *at++ = (uint8_t)slot;
  } else {
    at = put_difference(at, (int64_t)(address - writer->address) >> 3);
    writer->addresses[slot] = address;
  }
  writer->address = address;
  return at;
}

static void write_event(const struct trace_request *request) {
  struct writer *writer = thread.writer;
  uint64_t first_number = request->kind == quarry_trace_realloc ? request->first_number : request->number;
  if (__builtin_expect(writer->chunk == NULL || writer->at > writer->last, 0)) {
    if (!begin_chunk(writer, first_number - 1)) return;
  }
  if (__builtin_expect(writer->thread != thread.number, 0)) {
    writer->thread = thread.number;
    finish(writer, quarry_trace_thread, put(writer->at + 1, thread.number));
    if (writer->at > writer->last && !begin_chunk(writer, first_number - 1)) return;
  }

  uint8_t first = (uint8_t)request->kind;
  uint8_t *at = writer->at + 1;
  uint64_t gap = first_number - writer->number - 1;
  uint64_t second_gap = request->kind == quarry_trace_realloc ? request->number - first_number - 1 : 0;
  if (gap != 0 || second_gap != 0) {
    first |= quarry_trace_has_gap;
    at = put(at, gap);
    if (request->kind == quarry_trace_realloc) at = put(at, second_gap);
  }
  writer->number = request->number;

  uint32_t slot = quarry_trace_caller_slot(request->caller);
  *at++ = (uint8_t)slot;
  if (writer->callers[slot].caller != request->caller) {
    trace_note_caller(request->caller);
    first |= quarry_trace_new_caller;
    at = put_difference(at, (int64_t)(request->caller - writer->caller));
    writer->callers[slot].caller = request->caller;
  }
  writer->caller = request->caller;

  if (request->kind != quarry_trace_free) {
    if (writer->callers[slot].size == request->size) {
      first |= quarry_trace_same_size;
    } else {
      at = put(at, request->size);
      writer->callers[slot].size = request->size;
    }
  }
  if (request->kind == quarry_trace_aligned) *at++ = (uint8_t)request->order;
  if (request->kind == quarry_trace_realloc) {
    at = put_address(writer, at, request->old, quarry_trace_known_old, &first);
  }
  at = put_address(writer, at, request->address, quarry_trace_known_address, &first);
  finish(writer, first, at);
}

void trace_write(const struct trace_request *request) {
  write_event(request);
  if (__builtin_expect(thread.has_ended, 0)) give_writer_back();
}
