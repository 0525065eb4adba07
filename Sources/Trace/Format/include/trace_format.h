// The format of a trace, version 1: the one place where it is described. Numbers are in the machine's own byte order.
//
// A file is a header of `quarry_trace_header_bytes`, and then chunks of `quarry_trace_chunk_bytes`, which threads fill in
// turn. A chunk can be read by itself: every prediction below begins afresh in it. It ends where the first byte of an
// event is zero, or where no longest event would fit. The writer stores that byte last, so that a process can be killed
// between any two instructions and leaves whole events only.
//
// An event is a byte of kind and flags, and then, in this order, what the flags ask for. A "number" is LEB128: seven bits a
// byte, lowest first, the top bit set in all bytes but the last. A "difference" is a signed number, whose sign is its
// lowest bit (zigzag).
//
//   gap      with has_gap: how many numbers of the sequence others took since this chunk's last; otherwise none
//   gap      with has_gap, of a realloc: likewise, between its two numbers
//   caller   one byte: a slot of the table of callers (quarry_trace_caller_slot); with new_caller follows the difference
//            to the caller before, and the slot holds this caller from now on
//   size     a number; without it (same_size) the last size asked for from this slot
//   order    of `aligned`: one byte, the binary logarithm of the alignment
//   old      of `realloc`: the block given, as an address, by the flag known_old
//   address  the block returned or freed, 0 for none, by the flag known_address
//
// An address that is known is one byte: a slot of the table of addresses (quarry_trace_address_slot). Otherwise it is the
// difference to the address before, in eighths (every block is aligned to 8 bytes), and the slot holds it from now on.
//
// `thread` is followed by a number: the thread to which the events behind it belong, from 0 in order of appearance.
//
// The sequence numbers of a process count 1, 2, 3, … over all threads: an allocation takes its number when it is done, a
// free before it begins, and a realloc takes both. So in the order of the sequence no address is live twice, and a number
// that no event has was lost, or taken by a thread that was killed before it wrote.
#pragma once
#include <stdint.h>

enum {
  quarry_trace_version = 1,
  quarry_trace_header_bytes = 4096,
  quarry_trace_chunk_bytes = 64 << 10,
  quarry_trace_slots = 256,
  // The byte of kind, two gaps, slot and caller, size, order and two addresses.
  quarry_trace_longest_event = 1 + 2 * 10 + 11 + 10 + 1 + 2 * 10,
};

static const char quarry_trace_magic[8] = {'Q', 'R', 'Y', 'T', 'R', 'A', 'C', 'E'};

// At the start of the file, and updated while the process runs.
struct quarry_trace_header {
  char magic[8];
  uint32_t version;
  uint32_t chunk_bytes;
  uint32_t process;
  // The process that made this one by fork, 0 if a program was started. Blocks from before the fork are freed here, too,
  // and are allocated in the trace of that process, up to its sequence number `forked_at`.
  uint32_t forked_from;
  uint64_t forked_at;
  // Sequence numbers, threads and chunks so far.
  uint64_t sequence;
  uint32_t threads;
  uint32_t chunks;
  // Requests that were not written, since the file could not grow.
  uint64_t unwritten;
  // The program's path, ended by a zero byte.
  char program[1024];
};

enum quarry_trace_chunk_kind {
  quarry_trace_unused = 0,
  quarry_trace_events = 1,
  // Lines `START-END OFFSET PATH` in hexadecimal for what was mapped executable, ended by a zero byte.
  quarry_trace_modules = 2,
};

// At the start of each chunk.
struct quarry_trace_chunk {
  uint32_t kind;
  uint32_t thread;
  // The sequence number before the chunk's first.
  uint64_t sequence;
  // quarry_trace_check of the chunk when its writer left it; 0 as long as it is written, and where a process was killed.
  uint64_t check;
};

enum quarry_trace_event {
  quarry_trace_malloc = 1,
  quarry_trace_calloc = 2,
  quarry_trace_realloc = 3,
  quarry_trace_free = 4,
  quarry_trace_aligned = 5,
  quarry_trace_thread = 6,
  quarry_trace_kind_mask = 7,

  quarry_trace_has_gap = 1 << 3,
  quarry_trace_new_caller = 1 << 4,
  quarry_trace_known_address = 1 << 5,
  quarry_trace_same_size = 1 << 6,
  quarry_trace_known_old = 1 << 7,
};

// Fibonacci hashing: the top bits of the product depend on all bits of the key.
static inline uint32_t quarry_trace_slot(uint64_t key) {
  return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
}

static inline uint32_t quarry_trace_caller_slot(uint64_t caller) { return quarry_trace_slot(caller); }
// No block, 0, is in slot 0, as which it begins.
static inline uint32_t quarry_trace_address_slot(uint64_t address) { return quarry_trace_slot(address >> 3); }

// A hash of all words of a chunk but `check`, never 0. Each word goes through a product, so that no single change is lost.
static inline uint64_t quarry_trace_check(const struct quarry_trace_chunk *chunk) {
  const uint64_t *words = (const uint64_t *)(const void *)chunk;
  uint64_t hash = 1;
  for (unsigned index = 0; index < quarry_trace_chunk_bytes / 8; index++) {
    if (index == 2) continue;
    hash = (hash ^ words[index]) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
  }
  return hash | 1;
}
