// expect: exit 0
// options: sample=1
// flags: -O2 -rdynamic -Wno-unknown-pragmas

// Stacks of C++: operators new, containers, in handlers of exceptions and in destructors that run while one is thrown.

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>
#include "profile.h"

static __attribute__((noinline)) void leaf() {
  char *array = new char[100];
  check_stack(array);
  delete[] array;
  long *number = new (std::nothrow) long;
  check_stack(number);
  delete number;
  struct alignas(128) Aligned { char content[128]; };
  Aligned *aligned = new Aligned;
  check_stack(aligned);
  delete aligned;
}

struct Destroyed {
  ~Destroyed() { leaf(); }
};

static __attribute__((noinline)) void throws(int depth) {
  Destroyed destroyed;
  if (depth == 0) throw std::runtime_error("thrown");
  throws(depth - 1);
}

int main() {
  uses_quarry();
  warm_up();
  leaf();
  try {
    throws(4);
  } catch (const std::runtime_error &) {
    leaf();
  }
  std::function<void(int)> recurse = [&](int depth) { depth == 0 ? leaf() : recurse(depth - 1); };
  recurse(10);

  std::vector<int> numbers;
  numbers.reserve(100);
  CHECK(passes(stack_of(numbers.data()), (void *)main, 4096));
  return 0;
}
