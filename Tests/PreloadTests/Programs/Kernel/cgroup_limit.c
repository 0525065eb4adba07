// expect: exit 0
// stderr: quarry: page allocation failure: order:0, mode:0xcc0(GFP_KERNEL)
// stderr: quarry: Normal open:*kB free:*kB resident:*kB charged:*kB limit:49152kB min:*kB low:*kB high:*kB
// stderr: quarry: Normal: *
// links: quarry
// needs: cgroup
// args: the group itself
// args: a group below

// The limit of the process's cgroup, of version 1 or 2 as the system has it, bounds the heap: the request beyond it fails,
// where the system would end the process. So does the limit of a group above its own.

#include <quarry/kernel.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "check.h"

static const char *limit_file;
static char group[128], below[160];

static void put(const char *folder, const char *file, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  int descriptor = open(path, O_WRONLY | O_CLOEXEC);
  CHECK(descriptor >= 0);
  CHECK(write(descriptor, text, strlen(text)) == (ssize_t)strlen(text));
  close(descriptor);
}

static void make_group(void) {
  bool is_version_one = access("/sys/fs/cgroup/memory/memory.limit_in_bytes", F_OK) == 0;
  limit_file = is_version_one ? "memory.limit_in_bytes" : "memory.max";
  snprintf(group, sizeof group, "/sys/fs/cgroup%s/quarry-test-%d", is_version_one ? "/memory" : "", getpid());
  snprintf(below, sizeof below, "%s/below", group);
  CHECK(mkdir(group, 0755) == 0 && mkdir(below, 0755) == 0);
  put(group, limit_file, "50331648");
}

// The first request reads the limit, so the process has its group by then.
static void run_inside(const char *folder) {
  put(folder, "cgroup.procs", "0");
  int taken = 0;
  for (unsigned long page; (page = __get_free_pages(GFP_KERNEL, 0)) != 0; taken++) *(char *)page = 1;
  // 48 MiB but for the reserve and the min watermark.
  CHECK(taken > 40 * 256 && taken < 48 * 256);
  _exit(0);
}

int main(int count, char **arguments) {
  CHECK(count >= 3);
  make_group();
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) run_inside(strcmp(arguments[1], "a") == 0 ? below : group);
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  // Before anything else fails: nothing of it may stay.
  CHECK(rmdir(below) == 0 && rmdir(group) == 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
