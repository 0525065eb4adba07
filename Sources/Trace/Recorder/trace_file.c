// The file: its header and its chunks, both mapped shared, so that what was stored in them is in the file whatever happens
// to the process. No descriptor stays open: programs close what they do not know, and get its number for something else.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder.h"

extern char **environ;

static struct {
  enum { unopened, recording, ended } state;
  uint32_t generation;
  struct quarry_trace_header *header;
  // 1 in the process that opened the file; the system wipes the page in children.
  volatile char *is_owner;
  // To open the file again by, and to know it by.
  char path[PATH_MAX];
  dev_t device;
  ino_t inode;
} file;

uint32_t trace_generation(void) { return file.generation; }
struct quarry_trace_header *trace_header(void) { return file.header; }

void *trace_map_memory(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

// One line on standard error, and no more recording in this process.
static void end_recording(const char *what, int error) {
  static const char start[] = "quarry-trace: recording ends: ";
  char line[PATH_MAX + 200];
  size_t length = 0;
  const char *parts[] = {start, what, " ", file.path, error != 0 ? ": " : "", error != 0 ? strerrordesc_np(error) : "",
                         "\n"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    size_t more = strlen(parts[i]);
    if (length + more > sizeof line) break;
    memcpy(line + length, parts[i], more);
    length += more;
  }
  syscall(SYS_write, STDERR_FILENO, line, length);
  __atomic_store_n(&file.state, ended, __ATOMIC_RELAXED);
}

// Makes room in the file first: a store into a mapped page that the disk has no place for would be a SIGBUS.
static void *map_part(int descriptor, off_t offset, size_t bytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && (rlim_t)offset + bytes > limit.rlim_cur) {
    errno = EFBIG;
    return NULL;
  }
  int error = posix_fallocate(descriptor, offset, (off_t)bytes);
  if (error != 0) {
    errno = error;
    return NULL;
  }
  void *part = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset);
  return part == MAP_FAILED ? NULL : part;
}

// The first program has the file that was asked for; what it starts, and what takes its place, gets others beside it.
static int create_file(const char *asked) {
  int process = (int)syscall(SYS_getpid);
  for (int attempt = 0; attempt < 1000; attempt++) {
    int length = attempt == 0   ? snprintf(file.path, sizeof file.path, "%s", asked)
                 : attempt == 1 ? snprintf(file.path, sizeof file.path, "%s.%d", asked, process)
                                : snprintf(file.path, sizeof file.path, "%s.%d.%d", asked, process, attempt);
    if (length < 0 || (size_t)length >= sizeof file.path) {
      errno = ENAMETOOLONG;
      return -1;
    }
    int descriptor = open(file.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

static bool open_file(const char *asked, uint32_t parent, uint64_t forked_at) {
  file.generation++;
  file.is_owner = trace_map_memory(4096);
  int descriptor = create_file(asked);
  struct stat status;
  if (file.is_owner == NULL || descriptor < 0 || fstat(descriptor, &status) != 0) {
    end_recording("cannot make", errno);
    if (descriptor >= 0) close(descriptor);
    return false;
  }
  file.header = map_part(descriptor, 0, quarry_trace_header_bytes);
  int error = errno;
  close(descriptor);
  if (file.header == NULL) {
    end_recording("cannot write", error);
    return false;
  }
  madvise((void *)file.is_owner, 4096, MADV_WIPEONFORK);
  *file.is_owner = 1;
  file.device = status.st_dev;
  file.inode = status.st_ino;
  struct quarry_trace_header *header = file.header;
  header->version = quarry_trace_version;
  header->chunk_bytes = quarry_trace_chunk_bytes;
  header->process = (uint32_t)syscall(SYS_getpid);
  header->forked_from = parent;
  header->forked_at = forked_at;
  (void)!readlink("/proc/self/exe", header->program, sizeof header->program - 1);
  memcpy(header->magic, quarry_trace_magic, sizeof header->magic);
  __atomic_store_n(&file.state, recording, __ATOMIC_RELEASE);
  return true;
}

static const char *asked_path(void) {
  // The dynamic linker may allocate before libc knows the environment: then this is tried again.
  return environ != NULL ? getenv("QUARRY_TRACE") : NULL;
}

static bool open_first(void) {
  if (environ == NULL) return false;
  int saved = errno;
  const char *asked = asked_path();
  bool opened = false;
  if (asked == NULL || *asked == '\0') {
    file.state = ended;
  } else {
    opened = open_file(asked, 0, 0);
  }
  errno = saved;
  return opened;
}

// The parent goes on writing its file: nothing of what is mapped of it may be stored to here.
static bool open_in_child(void) {
  int saved = errno;
  struct quarry_trace_header *before = file.header;
  uint32_t parent = before->process;
  uint64_t forked_at = before->sequence;
  munmap((void *)file.is_owner, 4096);
  munmap(before, quarry_trace_header_bytes);
  trace_forget_modules();
  const char *asked = asked_path();
  bool opened = false;
  if (asked == NULL || *asked == '\0') {
    file.state = ended;
  } else {
    opened = open_file(asked, parent, forked_at);
  }
  errno = saved;
  return opened;
}

bool trace_is_open(void) {
  int state = __atomic_load_n(&file.state, __ATOMIC_ACQUIRE);
  if (__builtin_expect(state == recording, 1)) {
    if (__builtin_expect(*file.is_owner, 1)) return true;
    return open_in_child();
  }
  if (state == unopened) return open_first();
  if (file.header != NULL && *file.is_owner) __atomic_fetch_add(&file.header->unwritten, 1, __ATOMIC_RELAXED);
  return false;
}

struct quarry_trace_chunk *trace_take_chunk(void) {
  int saved = errno;
  uint32_t index = __atomic_fetch_add(&file.header->chunks, 1, __ATOMIC_RELAXED);
  off_t offset = quarry_trace_header_bytes + (off_t)index * quarry_trace_chunk_bytes;
  int descriptor = open(file.path, O_RDWR | O_CLOEXEC);
  struct stat status;
  void *chunk = NULL;
  if (descriptor < 0) {
    end_recording("cannot open", errno);
  } else if (fstat(descriptor, &status) != 0 || status.st_dev != file.device || status.st_ino != file.inode) {
    end_recording("another file is at", 0);
  } else {
    chunk = map_part(descriptor, offset, quarry_trace_chunk_bytes);
    if (chunk == NULL) end_recording("cannot write", errno);
  }
  if (descriptor >= 0) close(descriptor);
  errno = saved;
  return chunk;
}

void trace_finish_chunk(struct quarry_trace_chunk *chunk) {
  chunk->check = quarry_trace_check(chunk);
  trace_release_chunk(chunk);
}

void trace_release_chunk(struct quarry_trace_chunk *chunk) {
  int saved = errno;
  munmap(chunk, quarry_trace_chunk_bytes);
  errno = saved;
}
