// expect: exit 0
// needs: root

// Where the system gives huge pages by itself, that decides: nothing is asked for, and nothing that would end it for pages
// that go back and come again.

#include <sched.h>
#include <sys/mount.h>

#include "check.h"

#define SETTING "/sys/kernel/mm/transparent_hugepage/enabled"

static void pretend(void) {
  char path[] = "/tmp/enabled-XXXXXX", text[] = "[always] madvise never\n";
  int file = mkstemp(path);
  CHECK(file >= 0 && write(file, text, sizeof text - 1) == sizeof text - 1 && close(file) == 0);
  CHECK(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
  CHECK(mount(path, SETTING, NULL, MS_BIND, NULL) == 0 && unlink(path) == 0);
}

// Mappings whose flags say that huge pages are asked for, or never wanted.
static int advised(void) {
  static char text[1 << 20];
  int file = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC), found = 0;
  size_t length = 0;
  for (ssize_t got; (got = read(file, text + length, sizeof text - 1 - length)) > 0;) length += (size_t)got;
  close(file);
  text[length] = 0;
  for (char *line = strstr(text, "VmFlags:"); line != NULL; line = strstr(line + 1, "VmFlags:")) {
    char *end = strchr(line, '\n');
    for (char *flag = line; flag < end; flag++) {
      if (strncmp(flag, " hg ", 4) == 0 || strncmp(flag, " nh ", 4) == 0) found++;
    }
  }
  return found;
}

int main(void) {
  uses_quarry();
  if (access(SETTING, R_OK) == 0) pretend();
  for (int i = 0; i < 6; i++) {
    char *block = malloc(16 * MiB);
    CHECK(block != NULL);
    memset(block, 1, 16 * MiB);
  }
  for (int i = 0; i < 64 * KiB; i++) memset(malloc(1024), 1, 1024);
  CHECK(advised() == 0);
}
