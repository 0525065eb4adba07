// expect: exit 0

// Every name of the family is served by the library: one that came from elsewhere would meet foreign blocks.

#include "check.h"

int main(void) {
  uses_quarry();
  static const char *const names[] = {
    "malloc", "free", "calloc", "realloc", "reallocarray", "aligned_alloc", "posix_memalign", "memalign", "valloc",
    "pvalloc", "malloc_usable_size", "cfree", "free_sized", "free_aligned_sized", "malloc_trim", "mallinfo",
    "mallinfo2", "malloc_stats", "malloc_info", "mallopt",
    // operator new and new[]: plain, nothrow, aligned, aligned nothrow
    "_Znwm", "_ZnwmRKSt9nothrow_t", "_ZnwmSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t",
    "_Znam", "_ZnamRKSt9nothrow_t", "_ZnamSt11align_val_t", "_ZnamSt11align_val_tRKSt9nothrow_t",
    // operator delete and delete[]: plain, nothrow, sized, aligned, aligned nothrow, aligned sized
    "_ZdlPv", "_ZdlPvRKSt9nothrow_t", "_ZdlPvm", "_ZdlPvSt11align_val_t",
    "_ZdlPvSt11align_val_tRKSt9nothrow_t", "_ZdlPvmSt11align_val_t",
    "_ZdaPv", "_ZdaPvRKSt9nothrow_t", "_ZdaPvm", "_ZdaPvSt11align_val_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t", "_ZdaPvmSt11align_val_t",
  };
  Dl_info ours;
  CHECK(dladdr(dlsym(RTLD_DEFAULT, "quarry_version"), &ours) != 0);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *function = dlsym(RTLD_DEFAULT, names[i]);
    Dl_info theirs;
    if (function == NULL || dladdr(function, &theirs) == 0 || theirs.dli_fbase != ours.dli_fbase) {
      dprintf(2, "%s is not the library's\n", names[i]);
      _exit(1);
    }
  }
}
