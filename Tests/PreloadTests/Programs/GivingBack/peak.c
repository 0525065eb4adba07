// expect: exit 0
// args: twentieth
// args: hundredth

// After a peak of small blocks of which a random twentieth stays, or every hundredth, little is free but resident soon, though
// the process calls nothing more. What a list of the thread holds, it may hold. malloc_trim leaves nothing.

#include <sys/mman.h>
#include "GivingBack/giving_back.h"

enum { PEAK = 256 * MiB, LARGEST = 1024, PAGE = 4 * KiB };

typedef struct {
  char *start;
  size_t size;
} Block;

static Block *blocks;
static size_t count, live_bytes;
static unsigned char *is_live;  // a byte a page
static uintptr_t first_page, page_count;

static void *mapped(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(at != MAP_FAILED);
  return at;
}

static void rise(Random *random) {
  blocks = mapped(PEAK / 16 * sizeof *blocks);
  uintptr_t low = UINTPTR_MAX, high = 0;
  for (size_t total = 0; total < PEAK; count++) {
    size_t size = 16 + random_below(random, LARGEST - 15);
    char *start = malloc(size);
    CHECK(start != NULL);
    memset(start, 1, size);
    blocks[count] = (Block){start, size};
    total += size;
    if ((uintptr_t)start < low) low = (uintptr_t)start;
    if ((uintptr_t)start + size > high) high = (uintptr_t)start + size;
  }
  first_page = low / PAGE;
  page_count = (high + PAGE - 1) / PAGE - first_page;
  is_live = mapped(page_count);
}

static void fall(Random *random, bool twentieth) {
  for (size_t i = 0; i < count; i++) {
    if (twentieth ? random_below(random, 20) == 0 : i % 100 == 0) {
      uintptr_t start = (uintptr_t)blocks[i].start;
      for (uintptr_t page = start / PAGE; page <= (start + blocks[i].size - 1) / PAGE; page++) {
        is_live[page - first_page] = 1;
      }
      live_bytes += blocks[i].size;
    } else {
      free(blocks[i].start);
    }
  }
}

// Bytes of the pages that are resident and hold no live block.
static size_t idle(void) {
  static uint64_t entries[64 * KiB];
  int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  CHECK(pagemap >= 0);
  size_t pages = 0;
  for (uintptr_t at = 0; at < page_count;) {
    size_t want = page_count - at < 64 * KiB ? page_count - at : 64 * KiB;
    ssize_t got = pread(pagemap, entries, want * 8, (off_t)((first_page + at) * 8));
    CHECK(got > 0);
    for (size_t i = 0; i < (size_t)got / 8; i++) pages += entries[i] >> 63 && !is_live[at + i];
    at += (size_t)got / 8;
  }
  close(pagemap);
  return pages * PAGE;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

int main(int argument_count, char **arguments) {
  uses_quarry();
  CHECK(argument_count == 2);
  be_several();
  Random random = {1};
  rise(&random);
  fall(&random, strcmp(arguments[1], "twentieth") == 0);

  size_t in_lists = mallinfo2().fsmblks;
  size_t now = idle();
  printf("at the last free: %zu KiB, of these in lists %zu KiB; live %zu KiB\n", now / KiB, in_lists / KiB,
         live_bytes / KiB);
  UNTIL(idle() <= larger(MiB, live_bytes / 10) + mallinfo2().fsmblks);
  malloc_trim(0);
  CHECK(idle() <= 64 * KiB);
}
