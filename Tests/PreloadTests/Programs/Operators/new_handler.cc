// expect: exit 0
// standard: yes

// Every failing form calls the new_handler again and again, until it gives up.

#include <new>
#include "check.h"

using std::align_val_t;
using std::nothrow;

static int calls;

static void give_up_at_third() {
  if (++calls == 3) std::set_new_handler(nullptr);
}

struct Reason : std::bad_alloc {};

static void throw_reason() { throw Reason(); }

template <typename Body>
static void calls_handler(Body body) {
  calls = 0;
  std::set_new_handler(give_up_at_third);
  try {
    CHECK(body() == nullptr);
  } catch (const std::bad_alloc &) {
  }
  CHECK(calls == 3);

  std::set_new_handler(throw_reason);
  try {
    CHECK(body() == nullptr);
  } catch (const Reason &) {
  }
  std::set_new_handler(nullptr);
}

int main() {
  uses_quarry();
  size_t size = hide_size((size_t)1 << 60);
  calls_handler([=] { return ::operator new(size); });
  calls_handler([=] { return ::operator new[](size); });
  calls_handler([=] { return ::operator new(size, nothrow); });
  calls_handler([=] { return ::operator new[](size, nothrow); });
  calls_handler([=] { return ::operator new(size, align_val_t{64}); });
  calls_handler([=] { return ::operator new[](size, align_val_t{64}); });
  calls_handler([=] { return ::operator new(size, align_val_t{64}, nothrow); });
  calls_handler([=] { return ::operator new[](size, align_val_t{64}, nothrow); });
}
