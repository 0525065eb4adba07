// The command line of the workloads, their threads, and the way they fail.
#define _GNU_SOURCE  // dladdr
#include "workload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Named in messages; "" until a workload runs.
static const char *running = "";

void workload_fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "quarry-workloads: %s%s", running, *running ? ": " : "");
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  // Other threads may still run: leave without destructors, which would race with them.
  _exit(1);
}

static void print_result(uint64_t result) {
  printf("%s %016llx\n", running, (unsigned long long)result);
  fflush(stdout);
}

void workload_settle(uint64_t milliseconds, uint64_t result) {
  struct timespec left = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
  while (nanosleep(&left, &left) == -1 && errno == EINTR) continue;
  print_result(result);
  _exit(0);
}

void workload_reading(const char *name, double value, const char *unit) {
  fprintf(stderr, "reading %s %.3f %s\n", name, value, unit);
}

size_t resident_bytes(void) {
  char text[128] = "";
  int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  ssize_t length = read(statm, text, sizeof text - 1);
  close(statm);
  unsigned long all, resident;
  if (length <= 0 || sscanf(text, "%lu %lu", &all, &resident) != 2) workload_fail("cannot read /proc/self/statm");
  return resident * (size_t)sysconf(_SC_PAGESIZE);
}

double seconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

typedef struct {
  pthread_t thread;
  size_t index;
  void (*body)(size_t index, void *context);
  void *context;
} Worker;

static void *worker_main(void *argument) {
  Worker *worker = argument;
  worker->body(worker->index, worker->context);
  return NULL;
}

void threads_run(size_t count, void (*body)(size_t index, void *context), void *context) {
  Worker *workers = calloc(count, sizeof *workers);
  if (workers == NULL) workload_fail("no memory for %zu threads", count);
  for (size_t index = 0; index < count; index += 1) {
    workers[index] = (Worker){.index = index, .body = body, .context = context};
    int error = pthread_create(&workers[index].thread, NULL, worker_main, &workers[index]);
    if (error != 0) workload_fail("cannot start thread %zu of %zu: %s", index + 1, count, strerror(error));
  }
  for (size_t index = 0; index < count; index += 1) pthread_join(workers[index].thread, NULL);
  free(workers);
}

static size_t parameter_count(const Workload *workload) {
  size_t count = 0;
  while (count < maximum_parameters && workload->parameters[count].name != NULL) count += 1;
  return count;
}

static void print_list(const Workload *const *workloads) {
  for (; *workloads != NULL; workloads += 1) {
    const Workload *workload = *workloads;
    printf("%s: %s\n", workload->name, workload->summary);
    for (size_t index = 0; index < parameter_count(workload); index += 1) {
      const Parameter *parameter = &workload->parameters[index];
      printf("    %s=%llu  %s\n", parameter->name, (unsigned long long)parameter->standard,
             parameter->meaning);
    }
  }
}

/// Sets the value that `argument`, written `name=value`, stands for.
static void parse(const char *argument, const Workload *workload, uint64_t *values) {
  const char *equals = strchr(argument, '=');
  size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
  for (size_t index = 0; index < parameter_count(workload); index += 1) {
    const char *name = workload->parameters[index].name;
    if (strlen(name) != length || strncmp(name, argument, length) != 0) continue;
    char *end = NULL;
    errno = 0;
    if (equals != NULL) values[index] = strtoull(equals + 1, &end, 10);
    if (end == NULL || end == equals + 1 || *end != '\0' || equals[1] == '-' || errno != 0) {
      workload_fail("'%s' is not of the form %s=NUMBER", argument, name);
    }
    uint64_t least = workload->parameters[index].least;
    if (values[index] < least || values[index] >> 31 != 0) {
      workload_fail("'%s' is out of range: %s is from %llu to %u", argument, name, (unsigned long long)least,
                    (1u << 31) - 1);
    }
    return;
  }
  workload_fail("there is no parameter '%.*s'; see --list", (int)length, argument);
}

/// Prints the file that malloc comes from: a preloaded library that does not provide it would go unnoticed.
static int print_allocator(void) {
  Dl_info info;
  if (dladdr((void *)(uintptr_t)&malloc, &info) == 0) workload_fail("malloc is nowhere to be found");
  puts(info.dli_fname);
  return 0;
}

/// Continues as the executable `sibling`, in the same folder, with the same arguments.
static void continue_as(const char *sibling, char **arguments) {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length < 0) return;
  path[length] = '\0';
  char *slash = strrchr(path, '/');
  size_t room = (size_t)(path + sizeof path - (slash + 1));
  if ((size_t)snprintf(slash + 1, room, "%s", sibling) >= room) return;
  fflush(stdout);
  execv(path, arguments);
}

int workloads_main(int count, char **arguments, const Workload *const *workloads, const char *sibling) {
  if (count < 2 || strcmp(arguments[1], "--help") == 0) {
    FILE *where = count < 2 ? stderr : stdout;
    fprintf(where,
            "usage: quarry-workloads NAME [PARAMETER=NUMBER]...\n       quarry-workloads --list\n       "
            "quarry-workloads --allocator\n");
    return count < 2 ? 2 : 0;
  }
  if (strcmp(arguments[1], "--list") == 0) {
    print_list(workloads);
    if (sibling != NULL) continue_as(sibling, arguments);
    return 0;
  }
  if (strcmp(arguments[1], "--allocator") == 0) return print_allocator();
  for (; *workloads != NULL; workloads += 1) {
    const Workload *workload = *workloads;
    if (strcmp(workload->name, arguments[1]) != 0) continue;
    running = workload->name;
    uint64_t values[maximum_parameters] = {0};
    for (size_t index = 0; index < parameter_count(workload); index += 1) {
      values[index] = workload->parameters[index].standard;
    }
    for (int index = 2; index < count; index += 1) parse(arguments[index], workload, values);
    print_result(workload->run(values));
    return 0;
  }
  if (sibling != NULL) continue_as(sibling, arguments);
  workload_fail("there is no workload '%s'; see --list", arguments[1]);
}
