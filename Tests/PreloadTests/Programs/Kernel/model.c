// expect: exit 0
// stderr: quarry: kmem_cache_alloc: cache model: objects with a constructor are not zeroed; __GFP_ZERO is ignored
// links: quarry
// args: 1000000 1 plain
// args: 1000000 2 atomic
// deadline: 900

// A random walk of two threads over all functions of the interface, ten million steps by hand with `model 10000000 SEED
// atomic`. Each block is in one of many places, from which either thread takes it, and knows what it was asked for: size,
// alignment, flags, and a pattern of its contents that nobody else writes. Without GFP_ATOMIC and GFP_NOWAIT, frees go by
// way of the threads' lists. model_limited.c is the same walk below a limit, with shrinkers.

#include <quarry/kernel.h>

#include "check.h"

enum { PLACES = 3000, CACHES = 8, POOLS = 3, BULK = 40, HOARD = 1000, HOARDED = 4000 };

// How a block may be freed.
enum Kind { BLOCK, OBJECT, PAGES, EXACT, ELEMENT };

typedef struct {
  unsigned char *start;
  size_t size, seed;
  enum Kind kind;
  int number;  // of the cache or the pool, or the order
} Record;

static Record *places[PLACES];
static struct kmem_cache *caches[CACHES];
static unsigned sizes[CACHES] = {8, 24, 64, 100, 256, 700, 3000, 20000};
static mempool_t *pools[POOLS];
static bool with_atomic, is_limited;
static size_t steps;

// MARK: Flags

static gfp_t some_flags(Random *random) {
  static const gfp_t waiting[] = {
      GFP_KERNEL, GFP_KERNEL, GFP_KERNEL, GFP_NOIO, GFP_NOFS, GFP_USER, GFP_KERNEL_ACCOUNT, GFP_KERNEL | __GFP_NORETRY,
      GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_NOWARN, GFP_KERNEL | __GFP_NOFAIL,
      GFP_KERNEL | __GFP_RECLAIMABLE, __GFP_DIRECT_RECLAIM, GFP_KERNEL | __GFP_HIGH | __GFP_NOMEMALLOC,
      GFP_KERNEL | __GFP_THISNODE | __GFP_WRITE,
  };
  static const gfp_t atomic[] = {GFP_ATOMIC | __GFP_NOWARN, GFP_NOWAIT, GFP_NOWAIT | __GFP_ACCOUNT};
  gfp_t flags = with_atomic && random_below(random, 8) == 0
                    ? atomic[random_below(random, sizeof atomic / sizeof atomic[0])]
                    : waiting[random_below(random, sizeof waiting / sizeof waiting[0])];
  if (is_limited) flags |= __GFP_NOWARN;
  return random_below(random, 4) == 0 ? flags | __GFP_ZERO : flags;
}

// The same, and flags that say where pages lie, which caches refuse.
static gfp_t some_flags_of_pages(Random *random) {
  static const gfp_t placing[] = {GFP_DMA32, GFP_DMA | __GFP_NOWARN, __GFP_HIGHMEM, __GFP_MOVABLE, __GFP_HARDWALL};
  gfp_t flags = some_flags(random);
  // Below 16 MiB there is not enough for what cannot fail.
  if (random_below(random, 8) != 0 || flags & (__GFP_RECLAIMABLE | __GFP_NOFAIL)) return flags;
  return flags | placing[random_below(random, sizeof placing / sizeof placing[0])];
}

static bool may_fail(gfp_t flags) {
  if (flags & __GFP_NOFAIL) return false;
  return is_limited || (flags & __GFP_DIRECT_RECLAIM) == 0 || flags & GFP_DMA;
}

// MARK: What is given

static size_t some_size(Random *random) { return 1 + random_size(random, random_below(random, 100) ? 12 : 18); }

static size_t natural(size_t size) {
  size_t alignment = size & -size, least = size > 8 ? 16 : 8;
  if (alignment > KMALLOC_MAX_SIZE) return PAGE_SIZE;
  return alignment > least ? alignment : least;
}

// A new block is aligned, where its flags want it, and zeroed where it has to be.
static Record *record(void *start, size_t size, size_t seed, enum Kind kind, int number, gfp_t flags, size_t alignment) {
  if (start == NULL) {
    CHECK(may_fail(flags));
    return NULL;
  }
  CHECK(is_aligned(start, alignment));
  uintptr_t end = (uintptr_t)start + size;
  CHECK(!(flags & GFP_DMA32) || end <= 4ul * GiB);
  CHECK(!(flags & GFP_DMA) || end <= 16 * MiB);
  CHECK(!(flags & __GFP_ZERO) || all_bytes(start, size, 0));
  Record *record = kmalloc(sizeof *record, GFP_KERNEL | __GFP_NOFAIL);
  CHECK(record != NULL);
  *record = (Record){start, size, seed, kind, number};
  fill(start, size, seed);
  return record;
}

static Record *new_block(Random *random, size_t seed) {
  size_t size = some_size(random), count = 1 + random_below(random, 10), total = size * count;
  gfp_t flags = some_flags_of_pages(random), zeroed = flags | __GFP_ZERO;
  unsigned char *block = NULL;
  switch (random_below(random, 11)) {
    case 0: case 1: case 2: block = kmalloc(size, flags); total = size; break;
    case 3: block = kzalloc(size, flags); total = size; flags = zeroed; break;
    case 4: block = kmalloc_array(count, size, flags); break;
    case 5: block = kcalloc(count, size, flags); flags = zeroed; break;
    case 6: block = kvmalloc(size, flags); total = size; break;
    case 7: block = kvzalloc(size, flags); total = size; flags = zeroed; break;
    case 8: block = kvmalloc_array(count, size, flags); break;
    case 9: block = kvcalloc(count, size, flags); flags = zeroed; break;
    default: block = krealloc(NULL, size, flags); total = size;
  }
  if (block != NULL) {
    size_t usable = ksize(block);
    CHECK(usable >= total && usable == malloc_usable_size(block));
    gfp_t apart = GFP_DMA | GFP_DMA32 | __GFP_RECLAIMABLE | __GFP_ACCOUNT;
    size_t least = kmalloc_size_roundup(total);
    CHECK(flags & __GFP_DIRECT_RECLAIM && !(flags & apart) ? usable == least : usable >= least);
  }
  return record(block, total, seed, BLOCK, 0, flags, natural(total));
}

static Record *new_copy(Random *random, size_t seed) {
  static const char text[] = "the same text for all";
  size_t size = 1 + random_below(random, sizeof text);
  gfp_t flags = some_flags(random) & ~__GFP_ZERO;
  char *copy;
  switch (random_below(random, 3)) {
    case 0:
      copy = kstrdup(text + sizeof text - size, flags);
      if (copy != NULL) CHECK(strcmp(copy, text + sizeof text - size) == 0);
      break;
    case 1:
      copy = kstrndup(text, size - 1, flags);
      if (copy != NULL) CHECK(strlen(copy) == size - 1 && memcmp(copy, text, size - 1) == 0);
      break;
    default:
      copy = kmemdup(text, size, flags);
      if (copy != NULL) CHECK(memcmp(copy, text, size) == 0);
  }
  return record(copy, size, seed, BLOCK, 0, flags, size > 8 ? 16 : 8);
}

static Record *new_block_of_malloc(Random *random, size_t seed) {
  size_t size = some_size(random);
  bool zeroed = random_below(random, 2);
  return record(zeroed ? calloc(2, size) : malloc(2 * size), 2 * size, seed, BLOCK, 0,
                zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL, 8);
}

static Record *new_object(Random *random, size_t seed) {
  int number = (int)random_below(random, CACHES);
  gfp_t flags = some_flags(random);
  void *object;
  CHECK(kmem_cache_size(caches[number]) >= sizes[number]);
  if (random_below(random, 8) == 0) {
    object = kmem_cache_zalloc(caches[number], flags);
    flags |= __GFP_ZERO;
  } else {
    object = kmem_cache_alloc(caches[number], flags);
  }
  // One cache has a constructor, which takes the place of zeroing.
  if (number == 2) flags &= ~__GFP_ZERO;
  // One has SLAB_HWCACHE_ALIGN, one an alignment of its own.
  static const size_t alignments[CACHES] = {8, 16, 16, 64, 256, 16, 16, 16};
  return record(object, sizes[number], seed, OBJECT, number, flags, alignments[number]);
}

static Record *new_element(Random *random, size_t seed) {
  static const size_t size[POOLS] = {128, 8, 512};
  int number = (int)random_below(random, POOLS);
  gfp_t flags = some_flags(random) & ~__GFP_ZERO;
  // Below a limit nobody may wait for what the other thread may be waiting for.
  bool is_kept = is_limited || random_below(random, 16) == 0;
  void *element = is_kept ? mempool_alloc_preallocated(pools[number]) : NULL;
  if (element == NULL && !is_limited) element = mempool_alloc(pools[number], flags);
  if (is_limited) flags = GFP_NOWAIT;
  return record(element, size[number], seed, ELEMENT, number, flags, 8);
}

static Record *new_pages(Random *random, size_t seed) {
  gfp_t flags = some_flags_of_pages(random);
  unsigned order = (unsigned)random_below(random, 4);
  size_t size = PAGE_SIZE << order;
  switch (random_below(random, 5)) {
    case 0: {
      struct page *page = alloc_pages(flags, order);
      void *start = page == NULL ? NULL : page_address(page);
      if (page != NULL) CHECK(virt_to_page((char *)start + random_below(random, PAGE_SIZE)) == page);
      return record(start, size, seed, PAGES, (int)order, flags, size);
    }
    case 1: {
      char *start = (char *)__get_free_pages(flags | __GFP_COMP, order);
      struct page *page = start == NULL ? NULL : virt_to_page(start + random_below(random, size));
      // The reserve's blocks are not compound.
      if (page != NULL && flags & __GFP_DIRECT_RECLAIM) {
        CHECK(page_address(compound_head(page)) == start && compound_order(page) == order);
      }
      return record(start, size, seed, PAGES, (int)order, flags, size);
    }
    case 2: return record((void *)__get_free_pages(flags, order), size, seed, PAGES, (int)order, flags, size);
    case 3: return record((void *)get_zeroed_page(flags), PAGE_SIZE, seed, PAGES, 0, flags | __GFP_ZERO, PAGE_SIZE);
    default:
      size = 1 + random_below(random, 60000);
      return record(alloc_pages_exact(size, flags), size, seed, EXACT, 0, flags, PAGE_SIZE);
  }
}

static Record *new_record(Random *random, size_t seed) {
  switch (random_below(random, 16)) {
    case 0: return new_pages(random, seed);
    case 1: return new_element(random, seed);
    case 2: return new_copy(random, seed);
    case 3: return new_block_of_malloc(random, seed);
    case 4: case 5: case 6: case 7: case 8: return new_object(random, seed);
    default: return new_block(random, seed);
  }
}

// Within a scope, too.
static Record *new_record_in_scope(Random *random, size_t seed) {
  unsigned int old;
  Record *made;
  switch (random_below(random, 50)) {
    case 0: old = memalloc_noio_save(); made = new_record(random, seed); memalloc_noio_restore(old); return made;
    case 1: old = memalloc_nofs_save(); made = new_record(random, seed); memalloc_nofs_restore(old); return made;
    case 2:
      old = memalloc_noreclaim_save();
      made = new_record(random, seed);
      memalloc_noreclaim_restore(old);
      return made;
    default: return new_record(random, seed);
  }
}

// MARK: What is taken back

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
    case ELEMENT: mempool_free(start, pools[record->number]); break;
  }
  kfree(record);
}

static void resize(Random *random, Record *record, size_t seed) {
  size_t size = some_size(random), old = record->size;
  CHECK(holds(record->start, old, record->seed));
  // What is beyond the old end is zero only where it always was.
  gfp_t flags = some_flags(random) & ~__GFP_ZERO;
  void *start;
  switch (random_below(random, 3)) {
    case 0: start = krealloc(record->start, size, flags); break;
    case 1: start = krealloc_array(record->start, size, 3, flags); size *= 3; break;
    default: start = kvrealloc(record->start, size, flags);
  }
  if (start == NULL) {
    CHECK(may_fail(flags) && holds(record->start, old, record->seed));
    return;
  }
  CHECK(holds_part(start, size < old ? size : old, old, record->seed));
  record->start = start;
  record->size = size;
  record->seed = seed;
  fill(start, size, seed);
}

// MARK: Many at once

static int from_sheaf(Random *random, int number, gfp_t flags, int count, void **objects) {
  struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(caches[number], flags, (unsigned)count);
  CHECK(sheaf != NULL || may_fail(flags));
  if (sheaf == NULL) return 0;
  CHECK(kmem_cache_sheaf_size(sheaf) == (unsigned)count);
  int taken = (int)random_below(random, (size_t)count + 1);
  for (int index = 0; index < taken; index++) {
    objects[index] = kmem_cache_alloc_from_sheaf(caches[number], flags, sheaf);
    CHECK(objects[index] != NULL);
  }
  unsigned wanted = (unsigned)random_below(random, 2 * BULK), left = (unsigned)(count - taken);
  int status = kmem_cache_refill_sheaf(caches[number], flags, &sheaf, wanted);
  CHECK(status == 0 || (status == -ENOMEM && may_fail(flags)));
  CHECK(kmem_cache_sheaf_size(sheaf) == (status == 0 && wanted > left ? wanted : left));
  kmem_cache_return_sheaf(caches[number], flags, sheaf);
  return taken;
}

static void objects_in_bulk(Random *random, size_t seed) {
  int number = (int)random_below(random, CACHES), count = 1 + (int)random_below(random, BULK);
  void *objects[BULK];
  gfp_t flags = some_flags(random);
  if (random_below(random, 2)) {
    int given = kmem_cache_alloc_bulk(caches[number], flags, (size_t)count, objects);
    CHECK(given == count || (given == 0 && may_fail(flags)));
    count = given;
  } else {
    count = from_sheaf(random, number, flags, count, objects);
  }
  for (int index = 0; index < count; index++) fill(objects[index], sizes[number], seed + (size_t)index);
  for (int index = 0; index < count; index++) CHECK(holds(objects[index], sizes[number], seed + (size_t)index));
  kmem_cache_free_bulk(random_below(random, 2) ? caches[number] : NULL, (size_t)count, objects);
}

static void pages_in_bulk(Random *random, size_t seed) {
  struct page *pages[BULK] = {NULL};
  size_t count = 1 + random_below(random, BULK), given;
  gfp_t flags = some_flags_of_pages(random) & ~(__GFP_ZERO | __GFP_COMP);
  if (random_below(random, 2)) {
    given = alloc_pages_bulk(flags, count, pages);
    CHECK(given == count || (given < count && may_fail(flags)));
  } else {
    unsigned order = (unsigned)random_below(random, 4);
    // Blocks of the reserve stay whole.
    flags |= __GFP_DIRECT_RECLAIM;
    struct page *block = alloc_pages(flags, order);
    CHECK(block != NULL || may_fail(flags));
    given = block == NULL ? 0 : (size_t)1 << order;
    if (block != NULL) split_page(block, order);
    for (size_t index = 0; index < given; index++) {
      pages[index] = virt_to_page((char *)page_address(block) + index * PAGE_SIZE);
    }
  }
  for (size_t index = 0; index < given; index++) fill(page_address(pages[index]), PAGE_SIZE, seed + index);
  for (size_t index = 0; index < given; index++) {
    CHECK(holds(page_address(pages[index]), PAGE_SIZE, seed + index));
    __free_pages(pages[index], 0);
  }
}

// A pool is resized by one thread at a time.
static void resize_pool(Random *random) {
  mempool_t *pool = pools[random_below(random, POOLS)];
  int status = mempool_resize(pool, 1 + (int)random_below(random, 40));
  CHECK(status == 0 || (status == -ENOMEM && is_limited));
}

// MARK: A shrinker

// What the program could do without: blocks by place, each with the pattern of its place.
static void *hoard[HOARD];
static struct shrinker *shrinker;
static size_t given_up;

static unsigned long count_hoard(struct shrinker *asked, struct shrink_control *control) {
  (void)asked, (void)control;
  unsigned long count = 0;
  for (size_t place = 0; place < HOARD; place++) count += __atomic_load_n(&hoard[place], __ATOMIC_RELAXED) != NULL;
  return count == 0 ? SHRINK_EMPTY : count;
}

static bool give_up(size_t place) {
  void *block = __atomic_exchange_n(&hoard[place], NULL, __ATOMIC_ACQ_REL);
  if (block == NULL) return false;
  CHECK(holds(block, HOARDED, place));
  kfree(block);
  return true;
}

static unsigned long scan_hoard(struct shrinker *asked, struct shrink_control *control) {
  (void)asked;
  unsigned long count = 0;
  for (size_t place = 0; place < HOARD && count < control->nr_to_scan; place++) count += give_up(place);
  __atomic_fetch_add(&given_up, count, __ATOMIC_RELAXED);
  return count;
}

static void add_to_hoard(Random *random) {
  size_t place = random_below(random, HOARD);
  void *block = kmalloc(HOARDED, GFP_KERNEL | __GFP_RECLAIMABLE | __GFP_NOWARN), *empty = NULL;
  CHECK(block != NULL || is_limited);
  if (block == NULL) return;
  fill(block, HOARDED, place);
  if (!__atomic_compare_exchange_n(&hoard[place], &empty, block, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) kfree(block);
}

static void make_shrinker(void) {
  shrinker = shrinker_alloc(0, "hoard of %d", HOARD);
  CHECK(shrinker != NULL);
  shrinker->count_objects = count_hoard;
  shrinker->scan_objects = scan_hoard;
  shrinker_register(shrinker);
}

// MARK: The walk

static void *walk(void *argument) {
  Random random = {(uintptr_t)argument};
  bool is_first = ((uintptr_t)argument & 1) == 0;
  for (size_t step = 0; step < steps / 2; step++) {
    size_t seed = step * 2 + !is_first;
    if (random_below(&random, 200) == 0) objects_in_bulk(&random, seed);
    if (random_below(&random, 400) == 0) pages_in_bulk(&random, seed);
    if (random_below(&random, 50) == 0) add_to_hoard(&random);
    if (random_below(&random, 20000) == 0) kmem_cache_shrink(caches[random_below(&random, CACHES)]);
    if (is_first && random_below(&random, 5000) == 0) resize_pool(&random);
    if (is_first && random_below(&random, 50000) == 0) {
      shrinker_free(shrinker);
      make_shrinker();
    }
    Record **place = &places[random_below(&random, PLACES)];
    Record *new = random_below(&random, 2) ? new_record_in_scope(&random, seed) : NULL;
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

static void construct(void *object) { *(uint64_t *)object = 0; }
static void *new_own_element(gfp_t flags, void *data) { return kvmalloc((size_t)(uintptr_t)data, flags); }
static void free_own_element(void *element, void *data) { (void)data, kvfree(element); }

static void make_caches_and_pools(void) {
  static const slab_flags_t flags[CACHES] = {
      SLAB_NO_MERGE, 0, SLAB_NO_MERGE, SLAB_HWCACHE_ALIGN, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER,
      SLAB_TYPESAFE_BY_RCU, SLAB_RECLAIM_ACCOUNT, SLAB_ACCOUNT,
  };
  for (int number = 0; number < CACHES; number++) {
    caches[number] = kmem_cache_create("model", sizes[number], number == 4 ? 256 : 0, flags[number],
                                       number == 2 ? construct : NULL);
    CHECK(caches[number] != NULL);
  }
  pools[0] = mempool_create_kmalloc_pool(10, 128);
  pools[1] = mempool_create_slab_pool(20, caches[0]);
  pools[2] = mempool_create(5, new_own_element, free_own_element, (void *)512);
  for (int number = 0; number < POOLS; number++) CHECK(pools[number] != NULL);
}

int main(int count, char **arguments) {
  CHECK(count == 4);
  steps = strtoul(arguments[1], NULL, 0);
  uintptr_t seed = 2 * strtoul(arguments[2], NULL, 0);
  with_atomic = strcmp(arguments[3], "atomic") == 0;
  is_limited = strcmp(arguments[3], "limited") == 0;
  CHECK(!with_atomic || quarry_init() == 0);
  make_caches_and_pools();
  make_shrinker();
  pthread_t other = start(walk, (void *)(seed + 1));
  walk((void *)(seed + 2));
  join(other);
  Random random = {seed + 3};
  for (int place = 0; place < PLACES; place++) {
    if (places[place] != NULL) release(&random, places[place]);
  }
  shrinker_free(shrinker);
  for (size_t place = 0; place < HOARD; place++) give_up(place);
  CHECK(!is_limited || given_up > 100);
  for (int number = 0; number < POOLS; number++) mempool_destroy(pools[number]);
  // Whatever is live still would be named.
  for (int number = 0; number < CACHES; number++) kmem_cache_destroy(caches[number]);
  malloc_trim(0);
  CHECK(quarry_accounted_pages() == 0);
}
