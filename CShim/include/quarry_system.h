// System calls that return -errno and leave errno alone, the thread slot, and what else only C can say.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "quarry_layout.h"

#pragma clang assume_nonnull begin

// The calling thread's heap: the empty heap until it has one, the ended heap after it gave it back.
extern __thread struct quarry_heap *quarry_current_heap __attribute__((tls_model("initial-exec")));

QUARRY_INLINE struct quarry_heap *quarry_heap_of_thread(void) { return quarry_current_heap; }
QUARRY_INLINE void quarry_set_heap_of_thread(struct quarry_heap *heap) { quarry_current_heap = heap; }
QUARRY_INLINE struct quarry_heap *quarry_heap_empty(void) { return (struct quarry_heap *)&quarry_empty_heap; }
QUARRY_INLINE struct quarry_heap *quarry_heap_ended(void) { return (struct quarry_heap *)&quarry_ended_heap; }
// An address that no other live thread has: its identity, without a system call.
QUARRY_INLINE uintptr_t quarry_thread_identity(void) { return (uintptr_t)&quarry_current_heap; }

// What the thread may do to the watermarks at the moment, and what it must not do: QUARRY_CONTEXT_*.
#define QUARRY_CONTEXT_HIGH 1u      // half of what the min watermark keeps
#define QUARRY_CONTEXT_MEMALLOC 2u  // all of it, and beyond the limit: it is freeing memory, or must not fail
#define QUARRY_CONTEXT_NOIO 4u      // memalloc_noio_save
#define QUARRY_CONTEXT_NOFS 8u      // memalloc_nofs_save
extern __thread uint32_t quarry_current_context __attribute__((tls_model("initial-exec")));

QUARRY_INLINE uint32_t quarry_context_of_thread(void) { return quarry_current_context; }
QUARRY_INLINE void quarry_set_context_of_thread(uint32_t context) { quarry_current_context = context; }

// The shrinker whose callback the thread is in.
struct shrinker;
extern __thread struct shrinker *_Nullable quarry_current_shrinker __attribute__((tls_model("initial-exec")));

QUARRY_INLINE struct shrinker *_Nullable quarry_shrinker_of_thread(void) { return quarry_current_shrinker; }
QUARRY_INLINE void quarry_set_shrinker_of_thread(struct shrinker *_Nullable shrinker) {
  quarry_current_shrinker = shrinker;
}

// Some whole pages.
struct quarry_range {
  uintptr_t address;
  uintptr_t bytes;
};

// The frame of the function that this is called in.
QUARRY_INLINE uintptr_t quarry_frame_address(void) { return (uintptr_t)__builtin_frame_address(0); }
// The library's own code, from the linker.
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));
QUARRY_INLINE int quarry_is_own_code(uintptr_t address) {
  return address - (uintptr_t)__ehdr_start < (uintptr_t)etext - (uintptr_t)__ehdr_start;
}
// A loaded program or library, and its unwind tables.
struct quarry_object {
  uintptr_t start;
  uintptr_t end;
  uintptr_t unwind_index;  // its .eh_frame_hdr; 0 when it has none
};
// Finds what is loaded at an address; takes no lock, in any context. Returns 0, or -1 when nothing is, or nobody knows.
int quarry_find_object(uintptr_t address, struct quarry_object *object);
// Where the segment of an object lies, in whole pages, that holds its .eh_frame_hdr. Empty if it may not be as in the file:
// unless it is only readable, and nothing in the object is relocated that is only readable.
struct quarry_range quarry_table_segment(const struct quarry_object *object);
// Whether such a segment of an object that is loaded now holds all of a range.
int quarry_holds_tables(uintptr_t address, uintptr_t bytes);
// The end of the main thread's stack, or a little less.
uintptr_t quarry_sys_main_stack_end(void);
// The thread pointer of the thread that the process began with; 0 before the constructor, and where another one ran that.
uintptr_t quarry_sys_first_thread(void);
// Whether the C library knows of one thread alone. 0 where it does not say so.
int quarry_sys_has_one_thread(void);

QUARRY_INLINE uintptr_t quarry_thread_pointer(void) {
#if defined(__x86_64__)
  uintptr_t pointer;
  __asm__("mov %%fs:0, %0" : "=r"(pointer));
  return pointer;
#else
  return (uintptr_t)__builtin_thread_pointer();
#endif
}

// Maps zeroed memory for reading and writing at exactly this address, where nothing may be mapped yet.
int quarry_sys_map_at(uintptr_t address, uintptr_t bytes);
// Maps zeroed memory anywhere; 0 on failure.
uintptr_t quarry_sys_map(uintptr_t bytes);
// Reserves addresses without access; 0 on failure.
uintptr_t quarry_sys_reserve(uintptr_t bytes);
// Where the process has as many mappings as it may, one cannot be cut in two: its content goes back at least.
int quarry_sys_unmap(uintptr_t address, uintptr_t bytes);
// Opens reserved addresses for reading and writing.
int quarry_sys_open(uintptr_t address, uintptr_t bytes);
// Gives the content back: the pages read as zero afterwards.
int quarry_sys_purge(uintptr_t address, uintptr_t bytes);
// The same for up to 64 ranges, in one call where the system has one for that. Returns a bit for each that was given back:
// what cannot be, as where the program locked a page, is passed.
uint64_t quarry_sys_purge_ranges(const struct quarry_range *ranges, size_t count);
// Whether whole pages can be read. -errno when one of them cannot, and where the system (before Linux 5.14) cannot tell.
int quarry_sys_check_readable(uintptr_t address, uintptr_t bytes);
// Faults pages in for writing.
int quarry_sys_populate(uintptr_t address, uintptr_t bytes);
// Faults in an empty range of the size and alignment of a huge page, as one, or page by page where the system has none at
// hand. Returns the microseconds that it took. Fails with -errno, and nothing done, where the system never gives any, and
// when there is no memory; then part of it may be there.
int64_t quarry_sys_populate_huge(uintptr_t address, uintptr_t bytes);
// How many of at most QUARRY_PAGES_ASKED pages of memory of the process's own are resident; -errno where the system does not
// tell, and in sandboxes, where it is not asked. (mincore(2): such memory is told truly, other than files'.)
#define QUARRY_PAGES_ASKED 512
intptr_t quarry_sys_resident_pages(uintptr_t address, uintptr_t count);
// Takes whole pages out of memory that are mapped from a file: who touches them finds them again as the file has them, so
// nobody may have written to them. Not 0 where they are memory of the process's own, or not mapped: nothing is done then.
int quarry_sys_forget_file_pages(uintptr_t address, uintptr_t bytes);
// Resizes a mapping, moving it when it must; 0 on failure.
uintptr_t quarry_sys_remap(uintptr_t address, uintptr_t old_bytes, uintptr_t new_bytes, int may_move);
// Moves the pages behind [from, from + bytes) to a mapping of their own of `new_bytes`, and leaves nothing mapped; 0 on
// failure, and everything is where it was. It fails where nothing is mapped behind them, for there they would grow.
uintptr_t quarry_sys_move(uintptr_t from, uintptr_t bytes, uintptr_t new_bytes);
// Asks that pages that were not used for a while go to swap, where there is any.
int quarry_sys_page_out(uintptr_t address, uintptr_t bytes);
// Reads at most `count` bytes of a small file; -errno where it cannot be read.
intptr_t quarry_sys_read_file(const char *path, char *bytes, size_t count);
uintptr_t quarry_sys_page_size(void);
uint64_t quarry_sys_milliseconds(void);
// Two random words that the kernel gave the process at start; needs no system call.
void quarry_sys_random(uint64_t words[_Nonnull 2]);
void quarry_sys_futex_wait(uint32_t *word, uint32_t value);
// The same, at most so long. Returns 0, or -ETIMEDOUT; other errors are wake-ups.
int quarry_sys_futex_wait_for(uint32_t *word, uint32_t value, uint64_t milliseconds);
void quarry_sys_futex_wake(uint32_t *word, uint32_t count);
void quarry_sys_write_error(const void *bytes, size_t count);
void quarry_sys_abort(void) __attribute__((noreturn));
void quarry_sys_yield(void);
// Starts the thread that gives memory back, with all signals blocked. The system sets *running to its number, and to 0 once
// it is gone, before which it must not be started again. Returns 0, or -1 when the system refuses.
int quarry_sys_start_kswapd(uint32_t *running);
// Number of the process.
uint32_t quarry_sys_process(void);
// Registers the process for quarry_sys_barrier.
int quarry_sys_register_barrier(void);
// A full memory barrier on every thread of the process that runs.
int quarry_sys_barrier(void);
// Value of an environment variable, or NULL; NULL for every name when the process runs with raised privileges.
const char *_Nullable quarry_sys_option(const char *name);
void quarry_set_errno(int value);
// Zeroes a block and returns it, so that whoever ends with this can jump here.
uintptr_t quarry_clear(uintptr_t block, size_t bytes);
// Lets every process of the same user read this one's memory, where the system restricts that to its parents.
void quarry_sys_allow_inspection(void);

// Asks that the thread's heap be given back when the thread ends. The key is made by the constructor.
void quarry_sys_watch_thread_end(struct quarry_heap *heap);

// The function of this name in the libraries behind this one, or NULL.
void *_Nullable quarry_look_up(const char *name);
// The function of this name in a library, if that is loaded, or NULL.
void *_Nullable quarry_look_up_in(const char *library, const char *name);

// libc's own functions, for pointers that it made.
void quarry_libc_free(uintptr_t address);
size_t quarry_libc_usable_size(uintptr_t address);

// What the slow paths of the C++ operators call in Swift, and what they are: in C, so that exceptions can pass.
uintptr_t quarry_allocate(uintptr_t size);
uintptr_t quarry_allocate_aligned(uintptr_t size, uintptr_t alignment);
uintptr_t quarry_new_slow(uintptr_t size);
uintptr_t quarry_new_nothrow_slow(uintptr_t size, uintptr_t tag);
uintptr_t quarry_new_aligned_slow(uintptr_t size, uintptr_t alignment);
uintptr_t quarry_new_aligned_nothrow_slow(uintptr_t size, uintptr_t alignment, uintptr_t tag);

// What mallinfo and mallinfo2 return, whichever glibc the headers are from.
struct quarry_mallinfo {
  int arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};
struct quarry_mallinfo2 {
  size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

// Writes to a stdio stream.
void quarry_stream_write(void *stream, const void *bytes, size_t count);

// What the library's constructor, fork handlers and thread ends call in Swift.
void quarry_ensure_booted(void);
void quarry_forget_unwind_rows(void);
void quarry_thread_ends(void *heap);
void quarry_kswapd(void);
void quarry_fork_prepare(void);
void quarry_fork_parent(void);
void quarry_fork_child(void);

QUARRY_INLINE void quarry_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#pragma clang assume_nonnull end
