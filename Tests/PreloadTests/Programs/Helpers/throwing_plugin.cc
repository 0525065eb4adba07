// A plugin in C++ for a program that is not: a new that fails, caught.

#include <new>
#include <string>

extern "C" int catches_bad_alloc() {
  std::string text(1000, 'x');
  volatile size_t size = (size_t)1 << 60;
  try {
    ::operator delete(::operator new(size));
  } catch (const std::bad_alloc &) {
    return text.size() == 1000;
  }
  return 0;
}
