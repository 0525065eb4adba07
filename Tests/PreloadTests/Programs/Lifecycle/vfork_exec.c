// expect: exit 0
// standard: yes

// vfork and exec, and posix_spawn, leave the heap of the parent as it was.

#include <spawn.h>
#include <sys/wait.h>
#include "check.h"

extern char **environ;

int main(void) {
  uses_quarry();
  char *arguments[] = {"true", NULL};
  char *block = malloc(3000);
  CHECK(block != NULL);
  fill(block, 3000, 1);
  for (int i = 0; i < 20; i++) {
    pid_t process = vfork();
    CHECK(process >= 0);
    if (process == 0) {
      execve("/bin/true", arguments, environ);
      _exit(127);
    }
    int status;
    CHECK(waitpid(process, &status, 0) == process && status == 0);
    CHECK(posix_spawn(&process, "/bin/true", NULL, NULL, arguments, environ) == 0);
    CHECK(waitpid(process, &status, 0) == process && status == 0);
    CHECK(system("exit 0") == 0);
    CHECK(holds(block, 3000, 1));
    free(malloc(100));
  }
  free(block);
}
