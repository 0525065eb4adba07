// As many pairs of new and delete of a small object as its argument says.

#include <cstdlib>
#include <new>

int main(int count, char **arguments) {
  if (count != 2) return 1;
  for (long pairs = std::atol(arguments[1]); pairs > 0; pairs--) {
    void *block = ::operator new(24);
    *static_cast<volatile long *>(block) = pairs;
    ::operator delete(block, 24);
  }
}
