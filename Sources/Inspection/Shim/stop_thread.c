// Stopping single threads of another process, and their registers.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "CInspection.h"

int quarry_thread_stop(int thread) {
  if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0) return -errno;
  if (ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) != 0) return -errno;
  // One that the system does not let go of would not stop at all: five seconds are enough for any other.
  for (int tries = 0; tries < 5000; tries++) {
    int status = 0;
    int found = waitpid(thread, &status, __WALL | WNOHANG);
    if (found == thread) return WIFSTOPPED(status) ? 0 : -ESRCH;
    if (found < 0 && errno != EINTR) return -errno;
    struct timespec millisecond = {.tv_nsec = 1000000};
    nanosleep(&millisecond, NULL);
  }
  return -ETIMEDOUT;
}

int quarry_thread_registers(int thread, uint64_t *words, size_t count) {
  struct iovec place = {.iov_base = words, .iov_len = count * sizeof *words};
  if (ptrace(PTRACE_GETREGSET, thread, (void *)NT_PRSTATUS, &place) != 0) return -errno;
  return (int)(place.iov_len / sizeof *words);
}

void quarry_thread_resume(int thread) { ptrace(PTRACE_DETACH, thread, NULL, NULL); }
