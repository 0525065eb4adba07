// What programs call instead of their allocator: each request goes on to the next one in line and is written down with the
// address it was made from. Requests that come from within one, of the allocator itself, are not the program's.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER ((uint64_t)__builtin_return_address(0))

static struct {
  void *(*malloc)(size_t);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void (*free)(void *);
  void *(*memalign)(size_t, size_t);
  void *(*aligned_alloc)(size_t, size_t);
  int (*posix_memalign)(void **, size_t, size_t);
  size_t (*malloc_usable_size)(void *);
} next;

static enum { unknown, looking_up, known } next_state;
static __thread bool is_inside;

// For what the dynamic linker asks for while the next allocator is looked up. Never given back.
static _Alignas(16) char early[16 << 10];
static size_t early_used;

static bool is_early(const void *block) { return (const char *)block >= early && (const char *)block < early + sizeof early; }

static void *allocate_early(size_t size) {
  size_t bytes = (size + 15) & ~(size_t)15;
  if (bytes < size || bytes > sizeof early - early_used) return NULL;
  void *block = early + early_used;
  early_used += bytes;
  return block;
}

static bool look_up(void) {
  if (next_state == looking_up) return false;
  next_state = looking_up;
  int saved = errno;
  *(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
  *(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
  *(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
  *(void **)&next.free = dlsym(RTLD_NEXT, "free");
  *(void **)&next.memalign = dlsym(RTLD_NEXT, "memalign");
  *(void **)&next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
  *(void **)&next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
  *(void **)&next.malloc_usable_size = dlsym(RTLD_NEXT, "malloc_usable_size");
  trace_prepare_writers();
  errno = saved;
  next_state = known;
  return true;
}

static inline bool is_ready(void) { return __builtin_expect(next_state == known, 1) || look_up(); }

// Whether the request that begins is one to write down. If so, `finish` must follow.
static inline bool begin(void) {
  if (is_inside) return false;
  is_inside = true;
  if (trace_begin()) return true;
  is_inside = false;
  return false;
}

static inline void finish(const struct trace_request *request) {
  trace_write(request);
  is_inside = false;
}

static inline void *finish_allocation(
    bool is_written, enum quarry_trace_event kind, uint64_t caller, size_t size, size_t alignment, void *block) {
  if (is_written) {
    finish(&(struct trace_request){.kind = kind,
                                   .order = alignment != 0 ? (uint32_t)__builtin_ctzll(alignment) : 0,
                                   .number = trace_take_number(),
                                   .caller = caller,
                                   .size = size,
                                   .address = (uint64_t)block});
  }
  return block;
}

static inline void *traced_malloc(size_t size, uint64_t caller) {
  if (!is_ready()) return allocate_early(size);
  bool is_written = begin();
  return finish_allocation(is_written, quarry_trace_malloc, caller, size, 0, next.malloc(size));
}

static inline void traced_free(void *block, uint64_t caller) {
  if (is_early(block) || !is_ready()) return;
  if (begin()) {
    // Before the block can be another's. The request is whole then, whatever the allocator makes of it.
    trace_write(&(struct trace_request){.kind = quarry_trace_free,
                                        .number = trace_take_number(),
                                        .caller = caller,
                                        .address = (uint64_t)block});
    next.free(block);
    is_inside = false;
  } else {
    next.free(block);
  }
}

static void *traced_realloc(void *block, size_t size, uint64_t caller) {
  if (!is_ready()) return NULL;
  if (is_early(block)) {
    void *moved = traced_malloc(size, caller);
    size_t most = (size_t)(early + sizeof early - (char *)block);
    if (moved != NULL) memcpy(moved, block, size < most ? size : most);
    return moved;
  }
  if (!begin()) return next.realloc(block, size);
  uint64_t first = trace_take_number();
  void *result = next.realloc(block, size);
  finish(&(struct trace_request){.kind = quarry_trace_realloc,
                                 .first_number = first,
                                 .number = trace_take_number(),
                                 .caller = caller,
                                 .size = size,
                                 .old = (uint64_t)block,
                                 .address = (uint64_t)result});
  return result;
}

static void *traced_memalign(size_t alignment, size_t size, uint64_t caller) {
  if (!is_ready()) return NULL;
  bool is_written = begin();
  return finish_allocation(
      is_written, quarry_trace_aligned, caller, size, alignment, next.memalign(alignment, size));
}

EXPORT void *malloc(size_t size) { return traced_malloc(size, CALLER); }

EXPORT void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  if (!is_ready()) return allocate_early(bytes);
  bool is_written = begin();
  return finish_allocation(is_written, quarry_trace_calloc, CALLER, bytes, 0, next.calloc(count, size));
}

EXPORT void *realloc(void *block, size_t size) { return traced_realloc(block, size, CALLER); }

EXPORT void *reallocarray(void *block, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;  // which no allocator has
  return traced_realloc(block, bytes, CALLER);
}

EXPORT void free(void *block) { traced_free(block, CALLER); }
EXPORT void free_sized(void *block, size_t size) { (void)size, traced_free(block, CALLER); }
EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size) {
  (void)alignment, (void)size, traced_free(block, CALLER);
}

EXPORT void *memalign(size_t alignment, size_t size) { return traced_memalign(alignment, size, CALLER); }

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  if (!is_ready()) return NULL;
  bool is_written = begin();
  return finish_allocation(
      is_written, quarry_trace_aligned, CALLER, size, alignment, next.aligned_alloc(alignment, size));
}

EXPORT int posix_memalign(void **result, size_t alignment, size_t size) {
  if (!is_ready()) return ENOMEM;
  bool is_written = begin();
  int error = next.posix_memalign(result, alignment, size);
  finish_allocation(is_written, quarry_trace_aligned, CALLER, size, alignment, error == 0 ? *result : NULL);
  return error;
}

EXPORT void *valloc(size_t size) { return traced_memalign((size_t)getpagesize(), size, CALLER); }

EXPORT void *pvalloc(size_t size) {
  size_t page = (size_t)getpagesize();
  size_t bytes = size > SIZE_MAX - page ? size : (size + page - 1) & ~(page - 1);
  return traced_memalign(page, bytes != 0 ? bytes : page, CALLER);
}

EXPORT size_t malloc_usable_size(void *block) {
  if (is_early(block) || !is_ready() || next.malloc_usable_size == NULL) return 0;
  return next.malloc_usable_size(block);
}

// Operators new and delete of C++, by their mangled names. A request that fails is made again behind us, where handlers
// are called and exceptions thrown.

static void *operator_behind(const char *name) {
  void *operator= dlsym(RTLD_NEXT, name);
  if (operator== NULL) abort();
  return operator;
}

#define NEW(name, parameters, arguments, request)                             \
  EXPORT void *name parameters {                                              \
    void *block = request;                                                    \
    if (__builtin_expect(block != NULL, 1)) return block;                     \
    void *(*behind)parameters;                                                \
    *(void **)&behind = operator_behind(#name);                               \
    return behind arguments;                                                  \
  }
#define DELETE(name, ...) \
  EXPORT void name(void *block __VA_OPT__(, ) __VA_ARGS__) { traced_free(block, CALLER); }

#define BOTH_NEW(kind)                                                                                             \
  NEW(kind##m, (size_t size), (size), traced_malloc(size, CALLER))                                                 \
  NEW(kind##mRKSt9nothrow_t, (size_t size, void *tag), (size, tag), traced_malloc(size, CALLER))                   \
  NEW(kind##mSt11align_val_t, (size_t size, size_t alignment), (size, alignment),                                  \
      traced_memalign(alignment, size, CALLER))                                                                    \
  NEW(kind##mSt11align_val_tRKSt9nothrow_t, (size_t size, size_t alignment, void *tag), (size, alignment, tag),    \
      traced_memalign(alignment, size, CALLER))

#define ALL_DELETE(kind)                                                              \
  DELETE(kind##Pv)                                                                    \
  DELETE(kind##Pvm, __attribute__((unused)) size_t size)                              \
  DELETE(kind##PvSt11align_val_t, __attribute__((unused)) size_t alignment)           \
  DELETE(kind##PvmSt11align_val_t, __attribute__((unused)) size_t size,               \
         __attribute__((unused)) size_t alignment)                                    \
  DELETE(kind##PvRKSt9nothrow_t, __attribute__((unused)) void *tag)                   \
  DELETE(kind##PvSt11align_val_tRKSt9nothrow_t, __attribute__((unused)) size_t alignment, \
         __attribute__((unused)) void *tag)

BOTH_NEW(_Znw)
BOTH_NEW(_Zna)
ALL_DELETE(_Zdl)
ALL_DELETE(_Zda)
