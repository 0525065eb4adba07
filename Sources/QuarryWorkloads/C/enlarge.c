// One block that grows by `realloc` in equal steps, each written to, while small blocks come to lie behind it: an
// allocator that copies does so again and again.
#include "workloads.h"

static uint64_t run(const uint64_t *values) {
  size_t from = values[0] << 20;
  size_t to = values[1] << 20;
  size_t step = values[2] << 10;
  if (from > to) workload_fail("from is larger than to");
  size_t steps = (to - from) / step;
  void **others = array_make(steps + 1, sizeof(void *));
  char *block = NULL;
  for (size_t done = 0; done <= steps; done += 1) {
    size_t size = from + done * step;
    size_t old = done == 0 ? 0 : size - step;
    block = block_allocated(realloc(block, size), size);
    for (size_t page = old; page < size; page += touched_page) *(uint64_t *)(block + page) = mix(page);
    others[done] = block_make(8192);
  }
  uint64_t result = 0;
  for (size_t page = 0; page < from + steps * step; page += touched_page) {
    if (*(uint64_t *)(block + page) != mix(page)) workload_fail("the contents changed at %zu", page);
    result += mix(page);
  }
  for (size_t done = 0; done <= steps; done += 1) result += block_drop(others[done]);
  free(block);
  free(others);
  return result;
}

const Workload enlarge = {
    .name = "enlarge",
    .summary = "one block that grows by realloc",
    .parameters = {{"from", 1, 1, "MiB at first"},
                   {"to", 1024, 1, "MiB in the end"},
                   {"step", 1024, 4, "KiB that are added at a time"}},
    .run = run,
};
