// System calls for the Swift layers: each returns -errno and preserves errno, because free() must.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "CShim.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

extern char **environ;

static int result_of(int status, int saved) {
  int error = status == 0 ? 0 : -errno;
  errno = saved;
  return error;
}

int quarry_sys_map_at(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  void *at = mmap((void *)address, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  int error = at == MAP_FAILED ? -errno : 0;
  if (error == 0 && (uintptr_t)at != address) {
    // Kernels before 4.17, and some emulators, take the flag for a hint.
    munmap(at, bytes);
    error = -EEXIST;
  }
  errno = saved;
  return error;
}

static uintptr_t map_anywhere(uintptr_t bytes, int protection, int flags) {
  int saved = errno;
  void *at = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  errno = saved;
  return at == MAP_FAILED ? 0 : (uintptr_t)at;
}

uintptr_t quarry_sys_map(uintptr_t bytes) { return map_anywhere(bytes, PROT_READ | PROT_WRITE, 0); }

uintptr_t quarry_sys_reserve(uintptr_t bytes) { return map_anywhere(bytes, PROT_NONE, MAP_NORESERVE); }

int quarry_sys_unmap(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  int error = result_of(munmap((void *)address, bytes), saved);
  if (error != 0) madvise((void *)address, bytes, MADV_DONTNEED);
  errno = saved;
  return error;
}

int quarry_sys_open(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  return result_of(mprotect((void *)address, bytes, PROT_READ | PROT_WRITE), saved);
}

int quarry_sys_purge(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  return result_of(madvise((void *)address, bytes, MADV_DONTNEED), saved);
}

#ifndef PIDFD_SELF
#define PIDFD_SELF -10000
#endif

_Static_assert(sizeof(struct quarry_range) == sizeof(struct iovec), "the system's vector of ranges");

// Whether system calls pass a filter. Filters know what every allocator calls, but may kill for what few do.
static int is_sandboxed(void) { return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0; }

// All ranges in one call, which also flushes the translation caches once for all of them. (Linux 6.15.)
static size_t purge_together(const struct quarry_range *ranges, size_t count) {
  if (is_sandboxed()) return 0;
  ssize_t bytes = syscall(SYS_process_madvise, PIDFD_SELF, ranges, count, MADV_DONTNEED, 0);
  size_t done = 0;
  while (done < count && bytes > 0 && (uintptr_t)bytes >= ranges[done].bytes) bytes -= (ssize_t)ranges[done++].bytes;
  return done;
}

uint64_t quarry_sys_purge_ranges(const struct quarry_range *ranges, size_t count) {
  static _Atomic(int) refuses;  // 1 once it did where single ranges can be given back
  int saved = errno;
  uint64_t purged = 0;
  for (size_t next = 0; next < count;) {
    int together = count - next > 1 && atomic_load_explicit(&refuses, memory_order_relaxed) == 0;
    size_t done = together ? purge_together(ranges + next, count - next) : 0;
    if (done == 0 && madvise((void *)ranges[next].address, ranges[next].bytes, MADV_DONTNEED) == 0) {
      if (together) atomic_store_explicit(&refuses, 1, memory_order_relaxed);
      done = 1;
    }
    for (size_t i = 0; i < done; i++) purged |= (uint64_t)1 << (next + i);
    next += done > 0 ? done : 1;
  }
  errno = saved;
  return purged;
}

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

int quarry_sys_page_out(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  return result_of(madvise((void *)address, bytes, MADV_PAGEOUT), saved);
}

// The bare calls: libc's end a thread that is to be cancelled, and malloc is no place for that.
intptr_t quarry_sys_read_file(const char *path, char *bytes, size_t count) {
  int saved = errno;
  intptr_t result = 0;
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    result = -errno;
  } else {
    ssize_t got;
    while ((size_t)result < count && (got = syscall(SYS_read, file, bytes + result, count - (size_t)result)) > 0) {
      result += got;
    }
    syscall(SYS_close, file);
  }
  errno = saved;
  return result;
}

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

int quarry_sys_populate(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  return result_of(madvise((void *)address, bytes, MADV_POPULATE_WRITE), saved);
}

// Whether the system gives this process huge pages where it asks for them, and only there. Where it never does, all of a range
// would come in pages; where it always does, what is asked here would end that.
static int gives_huge_pages(void) {
  static _Atomic(int) answer;  // 0 not asked yet, 1 no, 2 yes
  int known = atomic_load_explicit(&answer, memory_order_relaxed);
  if (known == 0) {
    char text[64];  // "always [madvise] never"
    intptr_t length = quarry_sys_read_file("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text);
    known = 1;
    for (intptr_t at = 0; at + 1 < length; at++) {
      if (text[at] == '[' && text[at + 1] == 'm') known = 2;
    }
    atomic_store_explicit(&answer, known, memory_order_relaxed);
  }
  return known == 2 && prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 0;
}

static int64_t microseconds(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t quarry_sys_populate_huge(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  if (!gives_huge_pages()) {
    errno = saved;
    return -ENOSYS;
  }
  int64_t begin = microseconds();
  int result = madvise((void *)address, bytes, MADV_HUGEPAGE);
  if (result == 0) {
    result = result_of(madvise((void *)address, bytes, MADV_POPULATE_WRITE), saved);
    // Not for later: khugepaged would fill what is purged here.
    madvise((void *)address, bytes, MADV_NOHUGEPAGE);
    errno = saved;
    return result == 0 ? microseconds() - begin : result;
  }
  return result_of(result, saved);
}

intptr_t quarry_sys_resident_pages(uintptr_t address, uintptr_t count) {
  unsigned char states[QUARRY_PAGES_ASKED];
  int saved = errno;
  if (is_sandboxed()) {
    errno = saved;
    return -EPERM;
  }
  int result = result_of(mincore((void *)address, count * quarry_sys_page_size(), states), saved);
  if (result != 0) return result;
  intptr_t resident = 0;
  for (uintptr_t page = 0; page < count; page++) resident += states[page] & 1;
  return resident;
}

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#define MADV_KEEPONFORK 19
#endif

int quarry_sys_forget_file_pages(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  // The system refuses this for what is mapped from files, and does it for memory of the process's own.
  int result = madvise((void *)address, bytes, MADV_WIPEONFORK);
  int is_file = result != 0 && errno == EINVAL;
  if (result == 0) madvise((void *)address, bytes, MADV_KEEPONFORK);
  if (is_file) result = madvise((void *)address, bytes, MADV_DONTNEED);
  errno = saved;
  return is_file ? result : -1;
}

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

int quarry_sys_check_readable(uintptr_t address, uintptr_t bytes) {
  int saved = errno;
  return result_of(madvise((void *)address, bytes, MADV_POPULATE_READ), saved);
}

uintptr_t quarry_sys_remap(uintptr_t address, uintptr_t old_bytes, uintptr_t new_bytes, int may_move) {
  int saved = errno;
  void *at = mremap((void *)address, old_bytes, new_bytes, may_move ? MREMAP_MAYMOVE : 0);
  errno = saved;
  return at == MAP_FAILED ? 0 : (uintptr_t)at;
}

uintptr_t quarry_sys_move(uintptr_t from, uintptr_t bytes, uintptr_t new_bytes) {
  // One call that moves and grows does both or nothing, whatever other threads map meanwhile. To a place that was chosen
  // before, it may unmap that and fail; and one that only moves may stop halfway.
  uintptr_t to = quarry_sys_remap(from, bytes, new_bytes, 1);
  // What huge pages were asked for is a mapping apart, and only a whole one moves and grows: make it one.
  int saved = errno;
  if (to == 0 && madvise((void *)from, bytes, MADV_NOHUGEPAGE) == 0) to = quarry_sys_remap(from, bytes, new_bytes, 1);
  errno = saved;
  if (to != from) return to;
  quarry_sys_unmap(from + bytes, new_bytes - bytes);
  return 0;
}

uintptr_t quarry_sys_page_size(void) { return (uintptr_t)getauxval(AT_PAGESZ); }

// The random bytes lie above the first frame, below the program's name and environment.
uintptr_t quarry_sys_main_stack_end(void) { return (uintptr_t)getauxval(AT_RANDOM) & -(uintptr_t)8; }

uint64_t quarry_sys_milliseconds(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0) return 0;
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void quarry_sys_random(uint64_t words[2]) {
  const uint64_t *given = (const uint64_t *)getauxval(AT_RANDOM);
  words[0] = given ? given[0] : (uintptr_t)&words;
  words[1] = given ? given[1] : (uintptr_t)environ;
}

void quarry_sys_futex_wait(uint32_t *word, uint32_t value) {
  int saved = errno;
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
  errno = saved;
}

int quarry_sys_futex_wait_for(uint32_t *word, uint32_t value, uint64_t milliseconds) {
  int saved = errno;
  struct timespec time = {.tv_sec = (time_t)(milliseconds / 1000), .tv_nsec = (long)(milliseconds % 1000) * 1000000};
  int status = (int)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &time, NULL, 0);
  return result_of(status, saved) == -ETIMEDOUT ? -ETIMEDOUT : 0;
}

void quarry_sys_futex_wake(uint32_t *word, uint32_t count) {
  int saved = errno;
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
  errno = saved;
}

void quarry_sys_write_error(const void *bytes, size_t count) {
  int saved = errno;
  syscall(SYS_write, STDERR_FILENO, bytes, count);
  errno = saved;
}

void quarry_sys_abort(void) { abort(); }

void quarry_sys_yield(void) { sched_yield(); }

static int membarrier(int command) {
  int saved = errno;
  return result_of((int)syscall(SYS_membarrier, command, 0, 0), saved);
}

int quarry_sys_register_barrier(void) { return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }
int quarry_sys_barrier(void) { return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED); }

// The environment is walked by hand: getenv may be interposed, and the first allocation may come before libc is set up.
const char *quarry_sys_option(const char *name) {
  if (getauxval(AT_SECURE) || environ == NULL) return NULL;
  for (char **entry = environ; *entry != NULL; entry++) {
    const char *a = *entry, *b = name;
    while (*b != 0 && *a == *b) a++, b++;
    if (*b == 0 && *a == '=') return a + 1;
  }
  return NULL;
}

void quarry_set_errno(int value) { errno = value; }

uintptr_t quarry_clear(uintptr_t block, size_t bytes) { return (uintptr_t)memset((void *)block, 0, bytes); }

void quarry_sys_allow_inspection(void) {
  int saved = errno;
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  errno = saved;
}
