// One block that is held by the memory directly behind the library's data alone, and one that is lost. What lies there was
// mapped by the dynamic linker, of which the last word is not used; where nothing does, the program maps a page.
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static int find_end(struct dl_phdr_info *info, size_t size, void *end) {
  (void)size;
  if (strstr(info->dlpi_name, "libquarry.so") == NULL) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t last = (info->dlpi_addr + part->p_vaddr + part->p_memsz + 4095) & ~(uintptr_t)4095;
    if (part->p_type == PT_LOAD && last > *(uintptr_t *)end) *(uintptr_t *)end = last;
  }
  return 1;
}

// The end of the mapping that a page belongs to; 0 when it may not be written to.
static uintptr_t mapping_end(uintptr_t page) {
  FILE *maps = fopen("/proc/self/maps", "r");
  uintptr_t start, end, found = 0;
  char rights;
  while (fscanf(maps, "%lx-%lx %*c%c%*[^\n]", &start, &end, &rights) == 3)
    if (start <= page && page < end && rights == 'w') found = end;
  fclose(maps);
  return found;
}

__attribute__((noinline)) static int hold(void) {
  uintptr_t page = 0;
  if (!dl_iterate_phdr(find_end, &page)) return 1;
  void *mapped = mmap((void *)page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (mapped == MAP_FAILED && errno != EEXIST) return 2;
  uintptr_t end = mapping_end(page);
  if (end == 0) return 3;
  void *volatile *place = (void *volatile *)end - 1;
  if (*place != NULL) return 4;
  *place = malloc(100);
  return malloc(500) == NULL;
}

// Whatever the calls before left on the stack is written over.
__attribute__((noinline)) static void forget(void) {
  volatile char space[16384];
  for (size_t i = 0; i < sizeof space; i++) space[i] = 0;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  int problem = hold();
  forget();
  if (problem != 0) {
    printf("nothing can be held behind the library: %d\n", problem);
    return 1;
  }
  puts("ready");
  getchar();
  return 0;
}
