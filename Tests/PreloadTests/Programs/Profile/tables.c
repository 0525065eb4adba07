// expect: exit 0
// options: sample=1
// flags: -O2 -Wno-unknown-pragmas

// What is read of unwind tables for a stack does not stay resident.

#include <link.h>
#include "profile.h"

typedef struct {
  uintptr_t start;
  uintptr_t end;
} Range;

// The C library's tables: from its index of functions to the end of the segment, which is only readable.
static int find_tables(struct dl_phdr_info *info, size_t size, void *argument) {
  (void)size;
  Range *tables = argument;
  if (strstr(info->dlpi_name, "libc.so") == NULL) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME) tables->start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
  }
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + part->p_vaddr;
    if (part->p_type == PT_LOAD && part->p_flags == PF_R && tables->start - start < part->p_filesz) {
      tables->end = start + part->p_filesz;
    }
  }
  return 1;
}

static size_t resident_pages(Range range) {
  static uint64_t entries[1024];
  size_t pages = (range.end - 1) / 4096 - range.start / 4096 + 1, resident = 0;
  CHECK(pages <= 1024);
  int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  CHECK(pagemap >= 0);
  CHECK(pread(pagemap, entries, pages * 8, (off_t)(range.start / 4096 * 8)) == (ssize_t)(pages * 8));
  close(pagemap);
  for (size_t i = 0; i < pages; i++) resident += entries[i] >> 63;
  return resident;
}

static Range tables;
int main(void);

// The first time that it is called, the C library's functions between have not been looked for yet.
static int compare(const void *a, const void *b) {
  static bool was_called;
  if (!was_called) {
    was_called = true;
    for (volatile char *page = (char *)tables.start; (uintptr_t)page < tables.end; page += 4096) *page;
    size_t resident = resident_pages(tables);
    CHECK(resident > 8);
    void *block = malloc(24);
    struct quarry_stack *stack = stack_of(block);
    CHECK(passes(stack, (void *)(uintptr_t)main, 4096) && passes(stack, (void *)(uintptr_t)qsort_r, 4096));
    free(block);
    CHECK(resident_pages(tables) < resident);
  }
  return *(const int *)a - *(const int *)b;
}

int main(void) {
  uses_quarry();
  records();
  dl_iterate_phdr(find_tables, &tables);
  CHECK(tables.end > tables.start);
  int numbers[] = {3, 1, 2};
  qsort(numbers, 3, sizeof numbers[0], compare);
  CHECK(numbers[0] == 1 && numbers[2] == 3);
  return 0;
}
