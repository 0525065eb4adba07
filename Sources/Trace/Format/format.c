// What the format relies on, checked by the compiler.
#include <stddef.h>

#include "trace_format.h"

_Static_assert(sizeof(struct quarry_trace_header) <= quarry_trace_header_bytes, "the header has its place");
_Static_assert(sizeof(struct quarry_trace_chunk) == 24, "a chunk's head has no holes");
_Static_assert(offsetof(struct quarry_trace_chunk, check) == 2 * 8, "the word that is not hashed");
_Static_assert(quarry_trace_slots == 1 << (64 - 56), "a slot is a byte");
