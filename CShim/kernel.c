// The kernel interface's functions that note who called them, which Swift cannot say: a jump to what does the work.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

#include "CShim.h"

// dladdr alone would need glibc 2.34: bind to the version that every glibc has.
#if defined(__x86_64__)
__asm__(".symver dladdr,dladdr@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver dladdr,dladdr@GLIBC_2.17");
#endif

#define EXPORTED __attribute__((visibility("default")))
#define CALLER ((uintptr_t)__builtin_return_address(0))

void *quarry_cache_allocate(struct kmem_cache *cache, gfp_t flags, uintptr_t caller);
void quarry_cache_free(struct kmem_cache *cache, void *object, uintptr_t caller);

EXPORTED void *quarry_kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags) {
  return quarry_cache_allocate(cache, flags, CALLER);
}

EXPORTED void *quarry_kmem_cache_zalloc(struct kmem_cache *cache, gfp_t flags) {
  return quarry_cache_allocate(cache, flags | __GFP_ZERO, CALLER);
}

EXPORTED void quarry_kmem_cache_free(struct kmem_cache *cache, void *object) {
  quarry_cache_free(cache, object, CALLER);
}

// Debuggers and addr2line find the line from either form.
const char *quarry_symbol_of(uintptr_t address, uintptr_t *offset) {
  Dl_info info;
  if (dladdr((void *)address, &info) == 0) return NULL;
  if (info.dli_sname != NULL) {
    *offset = address - (uintptr_t)info.dli_saddr;
    return info.dli_sname;
  }
  *offset = address - (uintptr_t)info.dli_fbase;
  const char *slash = strrchr(info.dli_fname, '/');
  return slash != NULL ? slash + 1 : info.dli_fname;
}
