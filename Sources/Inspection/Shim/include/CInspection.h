// What ordinary Swift needs from C to read a heap from outside: the records' layout, and an ioctl.
#pragma once
#include <signal.h>

#include "../../../../CShim/include/quarry_kernel_layout.h"
#include "../../../../CShim/include/quarry_kernel_memory.h"
#include "../../../../CShim/include/quarry_layout.h"
#include "../../../../CShim/include/quarry_profile_layout.h"

#pragma clang assume_nonnull begin

// Distance of the registry from the zone's record.
QUARRY_INLINE uintptr_t quarry_registry_offset(void) { return offsetof(struct quarry_records, registry); }

// Distance of parts of the kernel interface's records of pages from their beginning.
QUARRY_INLINE uintptr_t quarry_reserve_slabs_offset(void) { return offsetof(struct quarry_kernel_memory, slabs); }
QUARRY_INLINE uintptr_t quarry_low_zones_offset(void) { return offsetof(struct quarry_kernel_memory, low_zones); }

// Addresses of which the system says something.
struct quarry_page_range {
  uint64_t start;
  uint64_t end;
  uint64_t categories;
};
// What it may say: mapped to the system's page of zeroes, which counts as nobody's memory; part of a huge page.
#define QUARRY_PAGE_IS_ZERO (1 << 5)
#define QUARRY_PAGE_IS_HUGE (1 << 6)
// Finds such ranges in [start, end) by the pagemap's descriptor.
// - Returns: how many there are, at most `count`, with `*walked` where the search ended; -1 where the system (before
//   Linux 6.7) cannot tell.
long quarry_page_ranges(
    int pagemap, uint64_t category, uint64_t start, uint64_t end, struct quarry_page_range *ranges, size_t count,
    uint64_t *walked);

// Makes a child stop when it ends, as its tracer; 0, or a negative errno where the system forbids that. The child must
// be waited for from the same thread, and `wait4` then reports its stops as well.
//
// - QUARRY_WATCH_ONE: it is killed when this process ends.
// - QUARRY_WATCH_ALL: the same goes for the processes that its first thread starts, and theirs; all outlive this process.
int quarry_watch_exit(int child, int scope);
#define QUARRY_WATCH_ONE 1
#define QUARRY_WATCH_ALL 2
// Whether a status of `wait4` says that the process is about to end: all of it, not its first thread alone. That takes up
// to 50 ms to find out where other threads go on.
int quarry_is_at_exit(int process, int status);
// Lets a process go on that `wait4` reported as stopped; the signal that it is about to get is delivered.
void quarry_go_on(int process, int status);
// Whether two processes have one memory, as between vfork and exec.
int quarry_shares_memory(int process, int other);

// What the languages' own libraries make of their mangled names: a text for `free`, or NULL where a name is none of theirs.
// The buffer and the place of its length are NULL.
char *_Nullable swift_demangle(
    const char *name, size_t length, char *_Nullable buffer, size_t *_Nullable buffer_length, uint32_t flags);
char *_Nullable __cxa_demangle(
    const char *name, char *_Nullable buffer, size_t *_Nullable buffer_length, int *_Nullable status);

// Columns and lines of a terminal; -1 when the descriptor is none.
int quarry_terminal_size(int descriptor, uint16_t *columns, uint16_t *lines);

// Stops one thread of another process, until it is resumed or the caller ends; 0, or a negative errno. All three calls
// must come from one thread.
int quarry_thread_stop(int thread);
// The general registers of a stopped thread: how many words, or a negative errno.
int quarry_thread_registers(int thread, uint64_t *words, size_t count);
void quarry_thread_resume(int thread);

#pragma clang assume_nonnull end
