// What the kernel interface needs to know of its callers, which Swift cannot say.
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

// The fast paths, in Swift, jump here, so that the return address is still the program's.
#define CALLER ((uintptr_t)__builtin_return_address(0))

uintptr_t quarry_cache_allocate_slow(struct kmem_cache *cache, gfp_t flags) {
  return quarry_cache_allocate_for(cache, flags, CALLER);
}

void quarry_cache_free_slow(struct kmem_cache *cache, uintptr_t object) {
  quarry_cache_free_for(cache, object, CALLER);
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
