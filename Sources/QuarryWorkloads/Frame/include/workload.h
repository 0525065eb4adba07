// What a workload is, and what every workload needs: parameters, a way to fail, threads, a result.
//
// A workload does a fixed amount of work that depends on its parameters alone: not on the clock, and not on
// the addresses that the allocator returns. So its processor time can be compared between allocators, and the
// result that it prints must be the same under all of them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A number that may be given as `name=value`.
typedef struct {
  const char *name;
  uint64_t standard;
  uint64_t least;
  const char *meaning;
} Parameter;

enum { maximum_parameters = 8 };

typedef struct {
  const char *name;
  const char *summary;
  Parameter parameters[maximum_parameters];  // ends at the first without a name
  /// Does the work. `values` holds one number for each parameter, in their order.
  /// Returns a number that depends on the parameters alone.
  uint64_t (*run)(const uint64_t *values);
} Workload;

/// The whole of an executable: looks up the workload that `arguments` name, runs it and prints its result.
/// `workloads` ends with NULL. `sibling`, if not NULL, is an executable in the same folder that has the rest.
int workloads_main(int count, char **arguments, const Workload *const *workloads, const char *sibling);

/// Says on standard error what went wrong, and leaves with status 1.
__attribute__((noreturn)) void workload_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Sleeps, so that an allocator that gives memory back after a while gets the chance to, then prints the
/// result and ends the process as it stands: what was resident last is what the workload leaves behind.
__attribute__((noreturn)) void workload_settle(uint64_t milliseconds, uint64_t result);

/// Writes to standard error what the workload found out about the allocator, `reading NAME VALUE UNIT`: a figure of
/// which less is better, or more if its unit ends with "/s". NAME is one word.
void workload_reading(const char *name, double value, const char *unit);

/// What the process has resident, in bytes. Allocates nothing.
size_t resident_bytes(void);

/// Seconds of a clock that only goes forward.
double seconds_now(void);

/// Runs `body` in `count` threads at once, with the indices 0 to count - 1, and waits for all of them.
void threads_run(size_t count, void (*body)(size_t index, void *context), void *context);

#ifdef __cplusplus
}
#endif
