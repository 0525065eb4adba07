// Which files the code came from: a copy of the executable lines of /proc/self/maps, taken when a caller is seen that is in
// none of them. Read by system calls alone, since dl_iterate_phdr takes the dynamic linker's locks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"

enum { most_modules = 1024, line_bytes = 4400 };

static struct {
  // Bounds of what is known, written by one thread at a time. A reader that meets a half-written pair takes one more copy.
  struct { uint64_t start, end; } known[most_modules];
  uint32_t count;
  bool is_reading;
} modules;

void trace_forget_modules(void) {
  modules.count = 0;
  modules.is_reading = false;
}

static uint64_t hexadecimal(const char **text) {
  uint64_t value = 0;
  for (;; (*text)++) {
    char digit = **text;
    if (digit >= '0' && digit <= '9') value = value << 4 | (uint64_t)(digit - '0');
    else if (digit >= 'a' && digit <= 'f') value = value << 4 | (uint64_t)(digit - 'a' + 10);
    else return value;
  }
}

struct output {
  char *next, *end;
};

static void append(struct output *output, const char *text, size_t bytes) {
  if ((size_t)(output->end - output->next) <= bytes) return;
  memcpy(output->next, text, bytes);
  output->next += bytes;
}

// `START-END PERMISSIONS OFFSET DEVICE INODE   PATH`, ended by a line break.
static void take_line(const char *line, struct output *output) {
  const char *text = line;
  uint64_t start = hexadecimal(&text);
  text++;
  uint64_t end = hexadecimal(&text);
  size_t bounds = (size_t)(text - line);
  if (text[1] == '\0' || text[3] != 'x') return;
  const char *offset = text + 6, *offset_end = strchr(offset, ' ');
  const char *path = offset_end;
  for (int blanks = 0; path != NULL && blanks < 2; blanks++) path = strchr(path + 1, ' ');
  if (path == NULL) return;
  while (*path == ' ') path++;
  append(output, line, bounds);
  append(output, " ", 1);
  append(output, offset, (size_t)(offset_end - offset));
  append(output, " ", 1);
  append(output, path, strlen(path));
  uint32_t index = modules.count < most_modules ? modules.count : most_modules - 1;
  modules.known[index].start = start;
  modules.known[index].end = end;
  __atomic_store_n(&modules.count, index + 1, __ATOMIC_RELEASE);
}

static void take_lines(int descriptor, struct output *output) {
  static char text[line_bytes + 1];  // guarded by is_reading
  size_t length = 0;
  for (;;) {
    ssize_t more = read(descriptor, text + length, line_bytes - length);
    if (more <= 0) return;
    length += (size_t)more;
    char *line = text;
    for (char *end; (end = memchr(line, '\n', length - (size_t)(line - text))) != NULL; line = end + 1) {
      char following = end[1];
      end[1] = '\0';
      take_line(line, output);
      end[1] = following;
    }
    length -= (size_t)(line - text);
    memmove(text, line, length);
  }
}

static bool is_known(uint64_t caller) {
  uint32_t count = __atomic_load_n(&modules.count, __ATOMIC_ACQUIRE);
  for (uint32_t index = 0; index < count; index++) {
    if (caller >= modules.known[index].start && caller < modules.known[index].end) return true;
  }
  return false;
}

void trace_note_caller(uint64_t caller) {
  if (is_known(caller) || __atomic_exchange_n(&modules.is_reading, true, __ATOMIC_ACQUIRE)) return;
  int saved = errno;
  int descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  struct quarry_trace_chunk *chunk = descriptor >= 0 ? trace_take_chunk() : NULL;
  if (chunk != NULL) {
    struct output output = {.next = (char *)(chunk + 1), .end = (char *)chunk + quarry_trace_chunk_bytes};
    chunk->sequence = trace_header()->sequence;
    modules.count = 0;
    take_lines(descriptor, &output);
    // Where nothing is known of a caller, it is not looked for again.
    if (!is_known(caller) && modules.count < most_modules) {
      modules.known[modules.count].start = caller;
      modules.known[modules.count].end = caller + 1;
      __atomic_store_n(&modules.count, modules.count + 1, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&chunk->kind, quarry_trace_modules, __ATOMIC_RELEASE);
    trace_finish_chunk(chunk);
  }
  if (descriptor >= 0) close(descriptor);
  errno = saved;
  __atomic_store_n(&modules.is_reading, false, __ATOMIC_RELEASE);
}
