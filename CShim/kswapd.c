// The thread that gives memory back: started with the bare system call, for four reasons. It can be started wherever free
// was called from, which may be libc itself with locks held that pthread_create takes; it needs no malloc; libc does not
// count it, so that it keeps no process alive whose own threads have ended; and it ends without a trace.
//
// It has thread-local storage of its own, zeroed, of which our code and libc's wrappers of system calls use no more than
// our own variables, errno, and the head of libc's thread descriptor.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CShim.h"

// A word of all signals for the system, which counts in bits where libc counts in sets.
typedef uint64_t signals;

enum {
  stack_bytes = 32 << 10,
  // Room on both sides of what is used of thread-local storage: libc's descriptor lies there.
  margin_bytes = 4 << 10,
};

// The stack, with a page without access below it, and the thread pointer above. Mapped once, and used again.
struct place {
  char *stack_end;
  char *thread_pointer;
};

static struct place map_place(void) {
  char *here = (char *)quarry_thread_pointer();
  intptr_t low = 0, high = 0;
  const char *used[] = {(char *)&quarry_current_heap, (char *)&quarry_current_context, (char *)&errno};
  for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
    intptr_t offset = used[i] - here;
    if (offset < low) low = offset;
    if (offset > high) high = offset;
  }
  uintptr_t page = quarry_sys_page_size();
  uintptr_t before = ((uintptr_t)-low + margin_bytes + 63) & ~(uintptr_t)63;
  uintptr_t bytes = (stack_bytes + before + (uintptr_t)high + margin_bytes + page - 1) & -page;
  uintptr_t start = quarry_sys_reserve(page + bytes);
  if (start == 0) return (struct place){0};
  if (quarry_sys_open(start + page, bytes) != 0) {
    quarry_sys_unmap(start, page + bytes);
    return (struct place){0};
  }
  char *stack_end = (char *)start + page + stack_bytes;
  return (struct place){.stack_end = stack_end, .thread_pointer = stack_end + before};
}

static int run(void *argument) {
  (void)argument;
  quarry_set_heap_of_thread(quarry_heap_ended());
  prctl(PR_SET_NAME, "quarry-kswapd");
  quarry_kswapd();
  return 0;
}

int quarry_sys_start_kswapd(uint32_t *running) {
  static struct place place;
  int saved = errno;
  if (place.stack_end == NULL) place = map_place();
  int started = -1;
  if (place.stack_end != NULL) {
#if defined(__x86_64__)
    // The system's and libc's conventions: the thread pointer points to itself, and so does the descriptor's third word.
    ((char **)place.thread_pointer)[0] = place.thread_pointer;
    ((char **)place.thread_pointer)[2] = place.thread_pointer;
#endif
    // The thread begins with the creator's mask.
    signals all = ~(signals)0, before;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    // As pthread_create does it, so that sandboxes which allow threads allow this one.
    started = clone(run, place.stack_end,
                    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                        CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
                    NULL, running, place.thread_pointer, running);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
  }
  errno = saved;
  return started > 0 ? 0 : -1;
}

// The system call, since some libraries keep the number, wrong after a bare clone.
uint32_t quarry_sys_process(void) { return (uint32_t)syscall(SYS_getpid); }
