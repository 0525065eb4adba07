// expect: exit 0
// standard: yes

// new and delete as programs write them, with constructors, containers and over-aligned types.

#include <map>
#include <memory>
#include <string>
#include <vector>
#include "check.h"

struct Counted {
  static int living;
  std::string text = "long enough to be on the heap";
  Counted() { living++; }
  virtual ~Counted() { living--; }
};
int Counted::living = 0;

struct Derived : Counted {
  char more[300];
};

struct alignas(256) Wide {
  char bytes[300];
};

int main() {
  uses_quarry();
  for (int i = 0; i < 1000; i++) {
    std::unique_ptr<Counted> one(new Derived);  // deleted through its base, with the size of the whole
    std::unique_ptr<Counted[]> several(new Counted[20]);
    std::unique_ptr<Wide> wide(new Wide);
    std::unique_ptr<Wide[]> row(new Wide[3]);
    CHECK(is_aligned(wide.get(), 256) && is_aligned(row.get(), 256));
    CHECK(Counted::living == 21);
  }
  CHECK(Counted::living == 0);

  std::map<int, std::vector<int>> table;
  for (int i = 0; i < 100000; i++) table[i % 977].push_back(i);
  size_t count = 0;
  for (auto &row : table) count += row.second.size();
  CHECK(count == 100000);
}
