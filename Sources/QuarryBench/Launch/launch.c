// quarry-launch: runs one program and writes down what it needed.
//
// Linux hands the peak memory of a process on through fork and exec: a program started by a large process reports at
// least that process's peak as its own. So the benchmark starts each program through this small one, whose own peak,
// which is reported along (`floor_kib`), is below that of any program that allocates. It preloads nothing itself:
// the variables given by --set go to the program alone.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { usage_error = 2, most_variables = 512 };

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("quarry-launch: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(usage_error);
}

typedef struct {
  const char *report;
  const char *output;
  const char *errors;
  const char *input;
  uint64_t interval;  // nanoseconds between two looks at the memory
  uint64_t timeout;   // nanoseconds; 0: none
  char *environment[most_variables + 1];
  char **command;
} Request;

static void set_variable(Request *request, char *assignment) {
  size_t name = (size_t)(strchr(assignment, '=') - assignment) + 1;
  size_t index = 0;
  for (; request->environment[index] != NULL; index += 1) {
    if (strncmp(request->environment[index], assignment, name) == 0) break;
  }
  if (index == most_variables) fail("too many variables in the environment");
  request->environment[index] = assignment;
}

static uint64_t milliseconds(const char *text) {
  char *end;
  uint64_t value = strtoull(text, &end, 10);
  if (*text == '\0' || *end != '\0') fail("'%s' is not a number of milliseconds", text);
  return value * 1000000;
}

static Request parse(int count, char **arguments) {
  Request request = {.output = "/dev/null", .errors = "/dev/null", .input = "/dev/null"};
  for (size_t index = 0; environ[index] != NULL && index < most_variables; index += 1) {
    request.environment[index] = environ[index];
  }
  int index = 1;
  for (; index + 1 < count && strcmp(arguments[index], "--") != 0; index += 2) {
    const char *option = arguments[index];
    char *value = arguments[index + 1];
    if (strcmp(option, "--report") == 0) request.report = value;
    else if (strcmp(option, "--output") == 0) request.output = value;
    else if (strcmp(option, "--errors") == 0) request.errors = value;
    else if (strcmp(option, "--input") == 0) request.input = value;
    else if (strcmp(option, "--interval") == 0) request.interval = milliseconds(value);
    else if (strcmp(option, "--timeout") == 0) request.timeout = milliseconds(value);
    else if (strcmp(option, "--set") == 0 && strchr(value, '=') != NULL) set_variable(&request, value);
    else fail("'%s' is not understood", option);
  }
  request.command = arguments + index + 1;
  if (index >= count || *request.command == NULL || request.report == NULL || request.interval == 0) {
    fail("usage: quarry-launch --report FILE --interval MS [--timeout MS] [--output FILE] [--errors FILE]"
         " [--input FILE] [--set NAME=VALUE]... -- PROGRAM [ARGUMENT]...");
  }
  return request;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// The peak memory of this process itself. getrusage() would count what its parent had before exec.
static long own_peak(void) {
  FILE *status = fopen("/proc/self/status", "r");
  long peak = 0;
  char line[256];
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (sscanf(line, "VmHWM: %ld", &peak) == 1) break;
  }
  if (status != NULL) fclose(status);
  return peak;
}

/// What a process had resident over time.
typedef struct {
  int statm;
  uint64_t samples;
  uint64_t sum;   // KiB
  uint64_t most;  // KiB
  uint64_t last;  // KiB
} Memory;

static void look_at(Memory *memory) {
  char text[128];
  ssize_t length = pread(memory->statm, text, sizeof text - 1, 0);
  if (length <= 0) return;
  text[length] = '\0';
  unsigned long all, resident;
  // A process that is about to end shows zero.
  if (sscanf(text, "%lu %lu", &all, &resident) != 2 || resident == 0) return;
  memory->last = (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
  memory->sum += memory->last;
  if (memory->last > memory->most) memory->most = memory->last;
  memory->samples += 1;
}

static pid_t start(const Request *request, const sigset_t *signals) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, request->input, O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, request->output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, request->errors, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own, so that a timeout reaches what the program starts; and no signal blocked.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, signals);
  pid_t process;
  int error = posix_spawnp(&process, request->command[0], &actions, &attributes, request->command,
                           request->environment);
  if (error != 0) fail("cannot start %s: %s", request->command[0], strerror(error));
  return process;
}

int main(int count, char **arguments) {
  Request request = parse(count, arguments);
  // An interrupted benchmark must not leave its programs behind.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t awaited, before;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGINT);
  sigaddset(&awaited, SIGTERM);
  sigprocmask(SIG_BLOCK, &awaited, &before);

  FILE *report = fopen(request.report, "w");
  if (report == NULL) fail("cannot write %s: %s", request.report, strerror(errno));
  long floor = own_peak();
  uint64_t begin = now();
  pid_t process = start(&request, &before);

  char path[64];
  snprintf(path, sizeof path, "/proc/%d/statm", process);
  Memory memory = {.statm = open(path, O_RDONLY | O_CLOEXEC)};
  int status;
  int timed_out = 0;
  struct rusage usage;
  uint64_t next = begin + request.interval;
  while (wait4(process, &status, WNOHANG, &usage) == 0) {
    uint64_t time = now();
    if (request.timeout != 0 && time - begin > request.timeout && !timed_out) {
      timed_out = 1;
      kill(-process, SIGKILL);
    }
    if (time >= next) {
      look_at(&memory);
      next += (time - next) / request.interval * request.interval + request.interval;
      continue;
    }
    struct timespec left = {(time_t)((next - time) / 1000000000u), (long)((next - time) % 1000000000u)};
    int received = sigtimedwait(&awaited, NULL, &left);
    if (received == SIGINT || received == SIGTERM) {
      kill(-process, SIGKILL);
      return 128 + received;
    }
  }
  uint64_t end = now();
  // Linux keeps the count behind ru_maxrss per processor and adds it up only now and then, so that it may lag behind
  // by some hundred KiB; what was seen by looking is exact.
  uint64_t peak = (uint64_t)usage.ru_maxrss > memory.most ? (uint64_t)usage.ru_maxrss : memory.most;

  fprintf(report,
          "{\"user_microseconds\": %lld, \"system_microseconds\": %lld, \"wall_microseconds\": %llu, "
          "\"peak_kib\": %llu, \"floor_kib\": %ld, \"samples\": %llu, \"mean_kib\": %llu, \"last_kib\": %llu, "
          "\"minor_faults\": %ld, \"major_faults\": %ld, \"waits\": %ld, \"preemptions\": %ld, "
          "\"status\": %d, \"signal\": %d, \"timed_out\": %s}\n",
          (long long)usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec,
          (long long)usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec,
          (unsigned long long)(end - begin) / 1000, (unsigned long long)peak, floor, (unsigned long long)memory.samples,
          (unsigned long long)(memory.samples ? memory.sum / memory.samples : 0), (unsigned long long)memory.last,
          usage.ru_minflt, usage.ru_majflt, usage.ru_nvcsw, usage.ru_nivcsw,
          WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
          timed_out ? "true" : "false");
  return fclose(report) == 0 ? 0 : 1;
}
