// Every operator new and delete, written down: operators LOG.
#include <new>

#include "log.h"

static void make(struct log *log, size_t size, size_t alignment) {
  auto aligned = std::align_val_t(alignment);
  uint32_t order = static_cast<uint32_t>(__builtin_ctzl(alignment));
  void *blocks[8];
  mark_errno();
  note(log, kind_malloc, 0, size, 0, blocks[0] = ::operator new(size));
  note(log, kind_malloc, 0, size, 0, blocks[1] = ::operator new[](size));
  note(log, kind_malloc, 0, size, 0, blocks[2] = ::operator new(size, std::nothrow));
  note(log, kind_malloc, 0, size, 0, blocks[3] = ::operator new[](size, std::nothrow));
  note(log, kind_aligned, order, size, 0, blocks[4] = ::operator new(size, aligned));
  note(log, kind_aligned, order, size, 0, blocks[5] = ::operator new[](size, aligned));
  note(log, kind_aligned, order, size, 0, blocks[6] = ::operator new(size, aligned, std::nothrow));
  note(log, kind_aligned, order, size, 0, blocks[7] = ::operator new[](size, aligned, std::nothrow));
  ::operator delete(blocks[0]);
  ::operator delete[](blocks[1], size);
  ::operator delete(blocks[2], std::nothrow);
  ::operator delete[](blocks[3], std::nothrow);
  ::operator delete(blocks[4], aligned);
  ::operator delete[](blocks[5], size, aligned);
  ::operator delete(blocks[6], aligned, std::nothrow);
  ::operator delete[](blocks[7], aligned);
  for (void *block : blocks) note(log, kind_free, 0, 0, 0, block);
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  open_log(arguments[1], 1, 16 * 20);
  struct log log = region(0);
  for (size_t index = 0; index < 20; index++) make(&log, 1 + 37 * index, size_t{32} << index % 6);
  try {
    // The limit of all objects, so that compilers and allocators take it for a size.
    volatile size_t too_much = PTRDIFF_MAX;
    ::operator delete(::operator new(too_much));
  } catch (const std::bad_alloc &) {
    return 0;
  }
  return 9;
}
