// expect: exit 0
// helper: allocates.c
// args: {helper}
// options: sample=1
// flags: -O2 -Wno-unknown-pragmas

// Where the unwind tables of a library were that is gone, the program may map a file, and write to what it mapped: that stays.

#include <link.h>
#include <sys/mman.h>
#include "profile.h"

typedef struct {
  uintptr_t start;
  size_t bytes;
} Range;

static Range range;

static int find(struct dl_phdr_info *info, size_t size, void *path) {
  (void)size;
  if (strcmp(info->dlpi_name, path) != 0) return 0;
  uintptr_t end = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type == PT_LOAD) end = info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
  }
  range = (Range){info->dlpi_addr, (end + 4095) & ~(uintptr_t)4095};
  return 1;
}

// Calls from as many places as it takes until tables that were read stay in memory for a few samples.
#define FOUR_TIMES(x) x; x; x; x
static void sample(void) {
  FOUR_TIMES(FOUR_TIMES(FOUR_TIMES(free(hide(malloc(24))))));
}

int main(int count, char **arguments) {
  uses_quarry();
  CHECK(count == 2);
  sample();
  void *library = dlopen(arguments[1], RTLD_NOW);
  CHECK(library != NULL && dl_iterate_phdr(find, arguments[1]) == 1);
  void *(*allocate)(size_t);
  *(void **)&allocate = dlsym(library, "allocate");
  CHECK(allocate != NULL);
  free(allocate(24));
  CHECK(dlclose(library) == 0);
  int file = fileno(tmpfile());
  CHECK(ftruncate(file, (off_t)range.bytes) == 0);
  char *memory = mmap((void *)range.start, range.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED_NOREPLACE, file, 0);
  CHECK((uintptr_t)memory == range.start);
  memset(memory, 1, range.bytes);
  for (int i = 0; i < 100; i++) free(hide(malloc(24)));
  CHECK(all_bytes(memory, range.bytes, 1));
}
