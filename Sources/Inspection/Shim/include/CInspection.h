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

// Starts a command, found in PATH, as a child that is stopped when it would end, and ends with the caller. The calls for it
// must come from one thread. It begins with these signals blocked, whatever the caller has blocked.
// - Returns: its process number; or a negative errno, -ECHILD when it was lost.
int quarry_start_traced(char *_Nullable const arguments[_Nonnull], const sigset_t *blocked);
// Lets such a command go on with its signals, up to its end or, unless this `waits`, until nothing has come.
// - Returns: 1 when it is stopped at its end, 0 when it runs, -ECHILD when it is gone, with its `*status`.
int quarry_run_to_exit(int child, int waits, int *status);
// Lets such a command end.
// - Returns: its status as waitpid has it.
int quarry_let_end(int child);

// Makes a child stop when it ends, as its tracer; 0, or a negative errno where the system forbids that. The child must
// be waited for from the same thread, and `wait4` then reports its stops as well.
int quarry_watch_exit(int child);
// Whether a status of `wait4` says that the child is about to end.
int quarry_is_at_exit(int status);
// Lets a child go on that `wait4` reported as stopped; the signal that it is about to get is delivered.
void quarry_go_on(int child, int status);

// Columns and lines of a terminal; -1 when the descriptor is none.
int quarry_terminal_size(int descriptor, uint16_t *columns, uint16_t *lines);

// Stops one thread of another process, until it is resumed or the caller ends; 0, or a negative errno. All three calls
// must come from one thread.
int quarry_thread_stop(int thread);
// The general registers of a stopped thread: how many words, or a negative errno.
int quarry_thread_registers(int thread, uint64_t *words, size_t count);
void quarry_thread_resume(int thread);

#pragma clang assume_nonnull end
