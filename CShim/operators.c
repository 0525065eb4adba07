// The slow paths of the C++ operators new: C, because an exception that the C++ library throws must pass these frames, and
// Embedded Swift writes no unwind tables.
#include "CShim.h"

// A program that calls operator new has a C++ library, whose own operators do what the standard says of failure. A
// plugin of a C program may have brought it, out of sight of other libraries.
static void *look_up_operator(const char *name) {
  static const char message[] = "quarry: operator new: out of memory, and no C++ library to report it\n";
  static const char *const libraries[] = {"libstdc++.so.6", "libc++.so.1"};
  void *found = quarry_look_up(name);
  for (size_t index = 0; found == NULL && index < sizeof libraries / sizeof libraries[0]; index++) {
    found = quarry_look_up_in(libraries[index], name);
  }
  if (found != NULL) return found;
  quarry_sys_write_error(message, sizeof message - 1);
  quarry_sys_abort();
}

uintptr_t quarry_new_slow(uintptr_t size) {
  uintptr_t block = quarry_allocate(size);
  if (block != 0) return block;
  uintptr_t (*next)(uintptr_t);
  *(void **)&next = look_up_operator("_Znwm");
  return next(size);
}

uintptr_t quarry_new_nothrow_slow(uintptr_t size, uintptr_t tag) {
  uintptr_t block = quarry_allocate(size);
  if (block != 0) return block;
  uintptr_t (*next)(uintptr_t, uintptr_t);
  *(void **)&next = look_up_operator("_ZnwmRKSt9nothrow_t");
  return next(size, tag);
}

// The C++ library rounds the size up to the alignment: no size may wrap around there.
static uintptr_t capped(uintptr_t size) { return size > PTRDIFF_MAX ? PTRDIFF_MAX : size; }

uintptr_t quarry_new_aligned_slow(uintptr_t size, uintptr_t alignment) {
  uintptr_t block = quarry_allocate_aligned(size, alignment);
  if (block != 0) return block;
  uintptr_t (*next)(uintptr_t, uintptr_t);
  *(void **)&next = look_up_operator("_ZnwmSt11align_val_t");
  return next(capped(size), alignment);
}

uintptr_t quarry_new_aligned_nothrow_slow(uintptr_t size, uintptr_t alignment, uintptr_t tag) {
  uintptr_t block = quarry_allocate_aligned(size, alignment);
  if (block != 0) return block;
  uintptr_t (*next)(uintptr_t, uintptr_t, uintptr_t);
  *(void **)&next = look_up_operator("_ZnwmSt11align_val_tRKSt9nothrow_t");
  return next(capped(size), alignment, tag);
}
