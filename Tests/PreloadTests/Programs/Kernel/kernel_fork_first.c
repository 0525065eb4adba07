// expect: exit 0
// links: quarry
// deadline: 120

// A fork while another thread makes its first request of the kernel interface: the child does not wait for that thread,
// which it lacks.

#include <quarry/kernel.h>
#include <sys/wait.h>

#include "check.h"

static pthread_barrier_t both;

static void *request(void *argument) {
  pthread_barrier_wait(&both);
  void *block = kmalloc(100, GFP_KERNEL_ACCOUNT);
  CHECK(block != NULL);
  kfree(block);
  return argument;
}

static void expect_success(pid_t child) {
  CHECK(child > 0);
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void fork_beside_first_request(int delay) {
  CHECK(pthread_barrier_init(&both, NULL, 2) == 0);
  pthread_t thread = start(request, NULL);
  pthread_barrier_wait(&both);
  for (volatile int i = 0; i < delay; i++) {}
  pid_t child = fork();
  if (child == 0) {
    alarm(30);
    void *block = kmalloc(100, GFP_KERNEL_ACCOUNT);
    CHECK(block != NULL);
    kfree(block);
    _exit(0);
  }
  expect_success(child);
  join(thread);
  _exit(0);
}

int main(void) {
  // Processes that did not use the interface before.
  for (int round = 0; round < 400; round++) {
    pid_t child = fork();
    if (child == 0) fork_beside_first_request(round % 20 * 500);
    expect_success(child);
  }
}
