// PAGEMAP_SCAN, which the headers of older systems do not have yet.
#include <sys/ioctl.h>

#include "CInspection.h"

struct scan_arguments {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

long quarry_page_ranges(
    int pagemap, uint64_t category, uint64_t start, uint64_t end, struct quarry_page_range *ranges, size_t count,
    uint64_t *walked) {
  struct scan_arguments arguments = {
      .size = sizeof arguments,
      .start = start,
      .end = end,
      .vec = (uintptr_t)ranges,
      .vec_len = count,
      .category_mask = category,
      .return_mask = category,
  };
  int found = ioctl(pagemap, _IOWR('f', 16, struct scan_arguments), &arguments);
  *walked = arguments.walk_end;
  return found;
}
