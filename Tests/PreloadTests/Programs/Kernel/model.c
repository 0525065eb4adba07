// expect: exit 0
// stderr: quarry: kmem_cache_alloc: cache model: objects with a constructor are not zeroed; __GFP_ZERO is ignored
// links: quarry
// args: 1000000 1 plain
// args: 1000000 2 atomic
// deadline: 900

// A random walk of two threads over all functions that give and take memory, ten million steps by hand with
// `model 10000000 SEED atomic`. Each block is in one of many places, from which either thread takes it, and knows what
// it was asked for: size, alignment, flags, and a pattern of its contents that nobody else writes. Without GFP_ATOMIC and
// GFP_NOWAIT, frees go by way of the threads' lists.

#include <quarry/kernel.h>

#include "check.h"

enum { PLACES = 3000, CACHES = 8, BULK = 40 };

// How a block may be freed.
enum Kind { BLOCK, OBJECT, PAGES, EXACT, ELEMENT };

typedef struct {
  unsigned char *start;
  size_t size, seed;
  enum Kind kind;
  int number;  // of the cache, or the order
} Record;

static Record *places[PLACES];
static struct kmem_cache *caches[CACHES];
static unsigned sizes[CACHES] = {8, 24, 64, 100, 256, 700, 3000, 20000};
static mempool_t *pool;
static bool with_atomic;
static size_t steps;

static void construct(void *object) { *(uint64_t *)object = 0; }

static gfp_t some_flags(Random *random) {
  static const gfp_t waiting[] = {
      GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_NOIO, GFP_NOFS, GFP_USER, GFP_KERNEL_ACCOUNT, GFP_KERNEL | __GFP_NORETRY,
      GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_NOWARN, GFP_KERNEL | __GFP_NOFAIL,
  };
  static const gfp_t atomic[] = {GFP_ATOMIC | __GFP_NOWARN, GFP_NOWAIT};
  gfp_t flags = with_atomic && random_below(random, 8) == 0
                    ? atomic[random_below(random, sizeof atomic / sizeof atomic[0])]
                    : waiting[random_below(random, sizeof waiting / sizeof waiting[0])];
  return random_below(random, 4) == 0 ? flags | __GFP_ZERO : flags;
}

static size_t some_size(Random *random) { return 1 + random_size(random, random_below(random, 100) ? 12 : 18); }

// A new block is aligned, as large as it was asked for, and zeroed where it has to be.
static Record *record(void *start, size_t size, size_t seed, enum Kind kind, int number, gfp_t flags, size_t alignment) {
  if (start == NULL) {
    CHECK((flags & __GFP_DIRECT_RECLAIM) == 0);
    return NULL;
  }
  CHECK(is_aligned(start, alignment));
  unsigned char *bytes = start;
  if (flags & __GFP_ZERO) {
    for (size_t index = 0; index < size; index++) CHECK(bytes[index] == 0);
  }
  Record *record = malloc(sizeof *record);
  CHECK(record != NULL);
  *record = (Record){start, size, seed, kind, number};
  fill(bytes, size, seed);
  return record;
}

static size_t natural(size_t size) { return size & -size; }

static Record *new_block(Random *random, size_t seed) {
  size_t size = some_size(random), count = 1 + random_below(random, 10);
  gfp_t flags = some_flags(random);
  unsigned char *block = NULL;
  switch (random_below(random, 12)) {
    case 0: case 1: block = kmalloc(size, flags); break;
    case 2: block = kzalloc(size, flags); flags |= __GFP_ZERO; break;
    case 3: block = kmalloc_array(count, size, flags); size *= count; break;
    case 4: block = kcalloc(count, size, flags); size *= count; flags |= __GFP_ZERO; break;
    case 5: block = kvmalloc(size, flags); break;
    case 6: block = kvzalloc(size, flags); flags |= __GFP_ZERO; break;
    case 7: block = kvcalloc(count, size, flags); size *= count; flags |= __GFP_ZERO; break;
    case 8: block = malloc(size); flags = GFP_KERNEL; return record(block, size, seed, BLOCK, 0, flags, 8);
    case 9: block = calloc(count, size); size *= count; flags = GFP_KERNEL | __GFP_ZERO;
            return record(block, size, seed, BLOCK, 0, flags, 8);
    case 10: {
      static const char text[] = "the same text for all";
      flags &= ~__GFP_ZERO;
      block = random_below(random, 2) ? (unsigned char *)kstrdup(text, flags) : kmemdup(text, sizeof text, flags);
      size = sizeof text;
      if (block != NULL) CHECK(memcmp(block, text, size) == 0);
      return record(block, size, seed, BLOCK, 0, flags, 8);
    }
    default: {
      Record *made = record(mempool_alloc(pool, flags & ~__GFP_ZERO), 128, seed, ELEMENT, 0, flags & ~__GFP_ZERO, 16);
      return made;
    }
  }
  if (block != NULL) CHECK(ksize(block) >= size && ksize(block) == malloc_usable_size(block));
  return record(block, size, seed, BLOCK, 0, flags, natural(size) > KMALLOC_MAX_SIZE ? 4096 : natural(size));
}

static Record *new_object(Random *random, size_t seed) {
  int number = (int)random_below(random, CACHES);
  gfp_t flags = some_flags(random);
  void *object;
  if (random_below(random, 8) == 0) {
    object = kmem_cache_zalloc(caches[number], flags);
    flags |= __GFP_ZERO;
  } else {
    object = kmem_cache_alloc(caches[number], flags);
  }
  // One cache has a constructor, which takes the place of zeroing.
  if (number == 2) flags &= ~__GFP_ZERO;
  return record(object, sizes[number], seed, OBJECT, number, flags, number == 3 ? 32 : 8);
}

static Record *new_pages(Random *random, size_t seed) {
  gfp_t flags = some_flags(random);
  int order = (int)random_below(random, 4);
  size_t size = (size_t)4096 << order;
  switch (random_below(random, 4)) {
    case 0: {
      struct page *page = alloc_pages(flags, (unsigned)order);
      void *start = page == NULL ? NULL : page_address(page);
      if (page != NULL) CHECK(virt_to_page((char *)start + random_below(random, 4096)) == page);
      return record(start, size, seed, PAGES, order, flags, size);
    }
    case 1: return record((void *)__get_free_pages(flags, (unsigned)order), size, seed, PAGES, order, flags, size);
    case 2: return record((void *)get_zeroed_page(flags), 4096, seed, PAGES, 0, flags | __GFP_ZERO, 4096);
    default: {
      size = 1 + random_below(random, 60000);
      return record(alloc_pages_exact(size, flags), size, seed, EXACT, 0, flags, 4096);
    }
  }
}

static void release(Random *random, Record *record) {
  CHECK(holds(record->start, record->size, record->seed));
  void *start = record->start;
  switch (record->kind) {
    case BLOCK:
      switch (random_below(random, 5)) {
        case 0: free(start); break;
        case 1: kvfree(start); break;
        case 2: kfree_sensitive(start); break;
        default: kfree(start);
      }
      break;
    case OBJECT:
      if (random_below(random, 8) == 0) kfree(start);
      else kmem_cache_free(caches[record->number], start);
      break;
    case PAGES:
      if (random_below(random, 2)) free_pages((unsigned long)start, (unsigned)record->number);
      else __free_pages(virt_to_page(start), (unsigned)record->number);
      break;
    case EXACT: free_pages_exact(start, record->size); break;
    case ELEMENT: mempool_free(start, pool); break;
  }
  free(record);
}

static void resize(Random *random, Record *record, size_t seed) {
  size_t size = some_size(random), old = record->size;
  CHECK(holds(record->start, old, record->seed));
  // What is beyond the old end is zero only where it always was.
  gfp_t flags = some_flags(random) & ~__GFP_ZERO;
  void *start = random_below(random, 2) ? krealloc(record->start, size, flags) : kvrealloc(record->start, size, flags);
  if (start == NULL) {
    CHECK((flags & __GFP_DIRECT_RECLAIM) == 0 && holds(record->start, old, record->seed));
    return;
  }
  CHECK(holds_part(start, size < old ? size : old, old, record->seed));
  record->start = start;
  record->size = size;
  record->seed = seed;
  fill(start, size, seed);
}

static void in_bulk(Random *random, size_t seed) {
  int number = (int)random_below(random, CACHES), count = 1 + (int)random_below(random, BULK);
  void *objects[BULK];
  gfp_t flags = some_flags(random);
  if (random_below(random, 2)) {
    int given = kmem_cache_alloc_bulk(caches[number], flags, (size_t)count, objects);
    CHECK(given == count || (given == 0 && (flags & __GFP_DIRECT_RECLAIM) == 0));
    count = given;
  } else {
    struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(caches[number], flags, (unsigned)count);
    CHECK(sheaf != NULL || (flags & __GFP_DIRECT_RECLAIM) == 0);
    if (sheaf == NULL) return;
    CHECK(kmem_cache_sheaf_size(sheaf) == (unsigned)count);
    count = (int)random_below(random, (size_t)count + 1);
    for (int index = 0; index < count; index++) {
      objects[index] = kmem_cache_alloc_from_sheaf(caches[number], flags, sheaf);
      CHECK(objects[index] != NULL);
    }
    kmem_cache_return_sheaf(caches[number], flags, sheaf);
  }
  for (int index = 0; index < count; index++) fill(objects[index], sizes[number], seed + (size_t)index);
  for (int index = 0; index < count; index++) CHECK(holds(objects[index], sizes[number], seed + (size_t)index));
  kmem_cache_free_bulk(random_below(random, 2) ? caches[number] : NULL, (size_t)count, objects);
}

static void *walk(void *argument) {
  Random random = {(uintptr_t)argument};
  for (size_t step = 0; step < steps / 2; step++) {
    size_t seed = step * 2 + ((uintptr_t)argument & 1);
    if (random_below(&random, 200) == 0) in_bulk(&random, seed);
    if (random_below(&random, 20000) == 0) kmem_cache_shrink(caches[random_below(&random, CACHES)]);
    Record **place = &places[random_below(&random, PLACES)];
    Record *new = NULL;
    if (random_below(&random, 2)) {
      switch (random_below(&random, 10)) {
        case 0: new = new_pages(&random, seed); break;
        case 1: case 2: case 3: case 4: new = new_object(&random, seed); break;
        default: new = new_block(&random, seed);
      }
    }
    Record *old = __atomic_exchange_n(place, new, __ATOMIC_ACQ_REL);
    if (old == NULL) continue;
    if (old->kind == BLOCK && random_below(&random, 4) == 0) {
      resize(&random, old, seed);
      Record *empty = NULL;
      place = &places[random_below(&random, PLACES)];
      if (__atomic_compare_exchange_n(place, &empty, old, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) continue;
    }
    release(&random, old);
  }
  return NULL;
}

int main(int count, char **arguments) {
  CHECK(count == 4);
  steps = strtoul(arguments[1], NULL, 0);
  uintptr_t seed = 2 * strtoul(arguments[2], NULL, 0);
  with_atomic = strcmp(arguments[3], "atomic") == 0;
  static const slab_flags_t flags[CACHES] = {
      SLAB_NO_MERGE, 0, SLAB_NO_MERGE, SLAB_HWCACHE_ALIGN, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER,
      SLAB_TYPESAFE_BY_RCU, SLAB_RECLAIM_ACCOUNT, SLAB_NO_MERGE,
  };
  for (int number = 0; number < CACHES; number++) {
    caches[number] = kmem_cache_create("model", sizes[number], number == 3 ? 32 : 0, flags[number],
                                       number == 2 ? construct : NULL);
    CHECK(caches[number] != NULL);
  }
  pool = mempool_create_kmalloc_pool(10, 128);
  CHECK(pool != NULL);
  pthread_t other = start(walk, (void *)(seed + 1));
  walk((void *)(seed + 2));
  join(other);
  Random random = {seed + 3};
  for (int place = 0; place < PLACES; place++) {
    if (places[place] != NULL) release(&random, places[place]);
  }
  mempool_destroy(pool);
  // Whatever is live still would be named.
  for (int number = 0; number < CACHES; number++) kmem_cache_destroy(caches[number]);
}
