// The library's life in a process: constructor, fork handlers, the end of threads, and libc's and libstdc++'s own
// functions where they must be reached behind ours.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CShim.h"

// pthread_key_create alone would need glibc 2.34: bind to the version that every glibc has.
#if defined(__x86_64__)
__asm__(".symver pthread_key_create,pthread_key_create@GLIBC_2.2.5");
__asm__(".symver pthread_setspecific,pthread_setspecific@GLIBC_2.2.5");
__asm__(".symver dlsym,dlsym@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver pthread_key_create,pthread_key_create@GLIBC_2.17");
__asm__(".symver pthread_setspecific,pthread_setspecific@GLIBC_2.17");
__asm__(".symver dlsym,dlsym@GLIBC_2.17");
#endif

static void thread_ends(void *heap) { quarry_thread_ends(heap); }

void quarry_sys_watch_thread_end(struct quarry_heap *heap) {
  struct quarry_registry *registry = quarry_registry_record();
  if (registry->has_exit_key) pthread_setspecific(registry->exit_key, heap);
}

// Looked up on first use: most programs need none of these, and a look-up that succeeds allocates nothing.
void *quarry_look_up(const char *name) { return dlsym(RTLD_NEXT, name); }

void *quarry_look_up_in(const char *library, const char *name) {
  void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  return handle != NULL ? dlsym(handle, name) : NULL;
}

static uintptr_t first_thread;

uintptr_t quarry_sys_first_thread(void) { return first_thread; }

// The C library's __libc_single_threaded; NULL before the constructor, and before glibc 2.32.
static const char *single_threaded;

int quarry_sys_has_one_thread(void) { return single_threaded != NULL && *single_threaded != 0; }

__attribute__((constructor(101))) static void start(void) {
  if ((uint32_t)syscall(SYS_gettid) == quarry_sys_process()) first_thread = quarry_thread_pointer();
  struct quarry_registry *registry = quarry_registry_record();
  registry->has_exit_key = pthread_key_create(&registry->exit_key, thread_ends) == 0;
  // The first thread may have a heap already, which the key knows nothing of.
  struct quarry_heap *heap = quarry_heap_of_thread();
  if (heap->front.tag >> QUARRY_ENTRY_OWNER_SHIFT <= 0xffff) quarry_sys_watch_thread_end(heap);
  pthread_atfork(quarry_fork_prepare, quarry_fork_parent, quarry_fork_child);
  // Looked up here, since dlsym takes locks, which samples and handlers may not.
  registry->find_object = (uintptr_t)quarry_look_up("_dl_find_object");
  single_threaded = quarry_look_up("__libc_single_threaded");
}

void quarry_libc_free(uintptr_t address) {
  static void (*next)(void *);
  if (next == NULL) *(void **)&next = quarry_look_up("free");
  if (next != NULL) next((void *)address);
}

size_t quarry_libc_usable_size(uintptr_t address) {
  static size_t (*next)(void *);
  if (next == NULL) *(void **)&next = quarry_look_up("malloc_usable_size");
  return next != NULL ? next((void *)address) : 0;
}

void quarry_stream_write(void *stream, const void *bytes, size_t count) {
  fwrite(bytes, 1, count, stream);
}

// dlopen finds libraries relative to its caller, so the call must be a jump: the return address stays the caller's.
__attribute__((visibility("default"))) void *quarry_dlopen(const char *file, int mode) {
  static void *(*next)(const char *, int);
  if (next == NULL) *(void **)&next = quarry_look_up("dlopen");
  quarry_ensure_booted();  // reads the options
  if (quarry_registry_record()->option_drop_deepbind) mode &= ~RTLD_DEEPBIND;
  quarry_forget_unwind_rows();
  __attribute__((musttail)) return next(file, mode);
}
