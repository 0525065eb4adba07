// expect: exit 0

// C23's free_sized and free_aligned_sized free like free, for all ways to allocate that they allow.

#include "check.h"

int main(void) {
  uses_quarry();
  void (*sized)(void *, size_t) = (void (*)(void *, size_t))dlsym(RTLD_DEFAULT, "free_sized");
  void (*aligned)(void *, size_t, size_t) = (void (*)(void *, size_t, size_t))dlsym(RTLD_DEFAULT, "free_aligned_sized");
  CHECK(sized != NULL && aligned != NULL);
  sized(NULL, 0);
  sized(NULL, 100);
  aligned(NULL, 64, 64);
  const size_t sizes[] = {0, 1, 8, 24, 1000, 4096, 20000, 100 * KiB, 2 * MiB, 80 * MiB};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (size_t k = 0; k < 2000; k++) {
      errno = 44;
      sized(malloc(sizes[i]), sizes[i]);
      sized(calloc(1, sizes[i] % 4096), sizes[i] % 4096);
      sized(realloc(NULL, sizes[i]), sizes[i]);
      aligned(aligned_alloc(64, sizes[i]), 64, sizes[i]);
      aligned(aligned_alloc(8192, sizes[i]), 8192, sizes[i]);
      CHECK(errno == 44);
    }
  }
  CHECK(resident() < 16 * MiB);
}
