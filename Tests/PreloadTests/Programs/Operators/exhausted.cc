// expect: exit 0
// standard: yes
// limit: as=128

// When the last byte is gone, throwing and catching still work, and the memory can be used again afterwards.

#include <new>
#include "check.h"

struct Node {
  Node *next;
  char rest[1000];
};

static size_t until_exhausted() {
  Node *list = nullptr;
  size_t count = 0;
  try {
    for (;;) {
      Node *node = new Node;
      node->next = list;
      list = node;
      count++;
    }
  } catch (const std::bad_alloc &) {
  }
  while (list != nullptr) {
    Node *next = list->next;
    delete list;
    list = next;
  }
  return count;
}

int main() {
  uses_quarry();
  size_t first = until_exhausted();
  CHECK(first * sizeof(Node) > 64 * MiB);
  for (int round = 0; round < 3; round++) CHECK(until_exhausted() > first / 10 * 9);
}
