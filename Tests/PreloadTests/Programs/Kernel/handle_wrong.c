// expect: abort
// stderr: quarry: {2}({pointer}): not *
// links: quarry
// args: null kmem_cache_alloc
// args: null kmem_cache_size
// args: null kmem_cache_shrink
// args: null kmem_cache_free
// args: null kmem_cache_alloc_bulk
// args: null kmem_cache_prefill_sheaf
// args: null kmem_cache_sheaf_size
// args: null kmem_cache_return_sheaf
// args: null kmem_cache_alloc_from_sheaf
// args: null kmem_cache_refill_sheaf
// args: null mempool_alloc
// args: null mempool_alloc_preallocated
// args: null mempool_free
// args: null mempool_resize
// args: null shrinker_register
// args: null split_page
// args: other kmem_cache_alloc
// args: other kmem_cache_size
// args: other kmem_cache_shrink
// args: other kmem_cache_free
// args: other kmem_cache_destroy
// args: other kmem_cache_alloc_bulk
// args: other kmem_cache_free_bulk
// args: other kmem_cache_prefill_sheaf
// args: other kmem_cache_sheaf_size
// args: other kmem_cache_return_sheaf
// args: other kmem_cache_alloc_from_sheaf
// args: other kmem_cache_refill_sheaf
// args: other mempool_alloc
// args: other mempool_alloc_preallocated
// args: other mempool_free
// args: other mempool_resize
// args: other mempool_destroy
// args: other __free_pages
// args: other split_page
// args: ended kmem_cache_alloc
// args: ended kmem_cache_size
// args: ended kmem_cache_destroy
// args: ended kmem_cache_free
// args: ended kmem_cache_sheaf_size
// args: ended kmem_cache_return_sheaf
// args: ended kmem_cache_alloc_from_sheaf
// args: ended kmem_cache_refill_sheaf
// args: ended mempool_alloc
// args: ended mempool_destroy
// args: merged kmem_cache_alloc
// args: merged kmem_cache_destroy
// args: ended kmem_cache_shrink
// args: ended kmem_cache_alloc_bulk
// args: ended kmem_cache_free_bulk
// args: ended kmem_cache_prefill_sheaf
// args: ended mempool_alloc_preallocated
// args: ended mempool_free
// args: ended mempool_resize
// args: numbered kmem_cache_alloc
// args: numbered kmem_cache_free
// args: sheaf kmem_cache_alloc
// args: sheaf kmem_cache_free
// args: again kmem_cache_alloc
// args: zalloc kmem_cache_alloc
// args: pool kmem_cache_alloc
// args: grouped kmem_cache_destroy
// args: page split_page
// args: array kmem_cache_alloc_bulk
// args: array kmem_cache_free_bulk
// args: array alloc_pages_bulk

// What is no cache, sheaf, pool, page or array is told, NULL and what has ended included; also where it begins with the number
// of a cache that is in use, as a sheaf may, and what is at the place of a cache that has ended.

#include <quarry/kernel.h>

#include "check.h"

static bool is(const char *name, const char *argument) { return strcmp(name, argument) == 0; }

static void *allocate(gfp_t flags, void *data) { return (void)flags, (void)data, malloc(8); }
static void release(void *element, void *data) { return (void)data, free(element); }

static void end(struct kmem_cache *cache, struct slab_sheaf *sheaf, mempool_t *pool) {
  kmem_cache_return_sheaf(cache, GFP_KERNEL, sheaf);
  kmem_cache_destroy(cache);
  mempool_destroy(pool);
}

int main(int count, char **arguments) {
  CHECK(count == 3);
  const char *kind = arguments[1], *function = arguments[2];
  struct kmem_cache *cache = kmem_cache_create("known", 64, 0, is("merged", kind) ? 0 : SLAB_NO_MERGE, NULL);
  struct slab_sheaf *sheaf = kmem_cache_prefill_sheaf(cache, GFP_KERNEL, 2);
  mempool_t *pool = mempool_create(1, allocate, release, NULL);
  struct kmem_cache *stays = kmem_cache_create("stays", 64, 0, SLAB_NO_MERGE, NULL);
  void *object = kmem_cache_alloc(stays, GFP_KERNEL);
  CHECK(cache != NULL && sheaf != NULL && pool != NULL && object != NULL);
  static uint64_t other[64];
  if (is("array", kind)) name_pointer(NULL);
  if (is("array", kind) && is("kmem_cache_alloc_bulk", function)) return kmem_cache_alloc_bulk(cache, GFP_KERNEL, 1, NULL);
  if (is("array", kind) && is("kmem_cache_free_bulk", function)) kmem_cache_free_bulk(cache, 1, NULL);
  if (is("array", kind)) return (int)alloc_pages_bulk(GFP_KERNEL, 1, NULL);

  bool has_ended = is("ended", kind) || is("merged", kind) || is("again", kind);
  if (has_ended) end(cache, sheaf, pool);
  if (is("again", kind)) CHECK(kmem_cache_prefill_sheaf(stays, GFP_KERNEL, 12) != NULL);
  if (is("grouped", kind)) {
    kfree(kmalloc(100, GFP_KERNEL | __GFP_RECLAIMABLE));
    cache = kmem_cache_create("merges", 112, 16, SLAB_RECLAIM_ACCOUNT, NULL);
    kmem_cache_destroy(cache);
    has_ended = true;
  }
  if (is("numbered", kind)) memcpy(other, &(uint32_t){2}, sizeof(uint32_t));
  struct slab_sheaf *filled = kmem_cache_prefill_sheaf(stays, GFP_KERNEL, 2);
  struct kmem_cache *wrong_cache = has_ended                                      ? cache
                                   : is("other", kind) || is("numbered", kind) ? (void *)other
                                   : is("sheaf", kind)                            ? (void *)filled
                                                                                  : NULL;
  struct slab_sheaf *wrong_sheaf = has_ended ? sheaf : is("other", kind) ? (void *)other : NULL;
  mempool_t *wrong_pool = has_ended ? pool : is("other", kind) ? (void *)other : NULL;
  struct page *wrong_page = is("other", kind) ? (void *)other : is("page", kind) ? (void *)filled : NULL;

  // The sheaf and the pool are looked at with what is right beside them.
  name_pointer(strstr(function, "sheaf") != NULL && strstr(function, "prefill") == NULL ? (void *)wrong_sheaf
               : strstr(function, "mempool") != NULL                                    ? (void *)wrong_pool
               : strstr(function, "page") != NULL                                       ? (void *)wrong_page
                                                                                         : (void *)wrong_cache);
  if (is("zalloc", kind)) return kmem_cache_zalloc(NULL, GFP_KERNEL) != NULL;
  if (is("pool", kind)) return mempool_create_slab_pool(1, NULL) != NULL;
  if (is("kmem_cache_alloc", function)) return kmem_cache_alloc(wrong_cache, GFP_KERNEL) != NULL;
  if (is("kmem_cache_size", function)) return (int)kmem_cache_size(wrong_cache);
  if (is("kmem_cache_shrink", function)) return kmem_cache_shrink(wrong_cache);
  if (is("kmem_cache_free", function)) kmem_cache_free(wrong_cache, object);
  if (is("kmem_cache_destroy", function)) kmem_cache_destroy(wrong_cache);
  if (is("kmem_cache_alloc_bulk", function)) return kmem_cache_alloc_bulk(wrong_cache, GFP_KERNEL, 1, &object);
  if (is("kmem_cache_free_bulk", function)) kmem_cache_free_bulk(wrong_cache, 1, &object);
  if (is("kmem_cache_prefill_sheaf", function)) {
    return kmem_cache_prefill_sheaf(wrong_cache, GFP_KERNEL, 1) != NULL;
  }
  if (is("kmem_cache_sheaf_size", function)) return (int)kmem_cache_sheaf_size(wrong_sheaf);
  if (is("kmem_cache_return_sheaf", function)) kmem_cache_return_sheaf(stays, GFP_KERNEL, wrong_sheaf);
  if (is("kmem_cache_alloc_from_sheaf", function)) {
    return kmem_cache_alloc_from_sheaf(stays, GFP_KERNEL, wrong_sheaf) != NULL;
  }
  if (is("kmem_cache_refill_sheaf", function)) return kmem_cache_refill_sheaf(stays, GFP_KERNEL, &wrong_sheaf, 1);
  if (is("mempool_alloc", function)) return mempool_alloc(wrong_pool, GFP_KERNEL) != NULL;
  if (is("mempool_alloc_preallocated", function)) return mempool_alloc_preallocated(wrong_pool) != NULL;
  if (is("mempool_free", function)) mempool_free(object, wrong_pool);
  if (is("mempool_resize", function)) return mempool_resize(wrong_pool, 1);
  if (is("mempool_destroy", function)) mempool_destroy(wrong_pool);
  if (is("shrinker_register", function)) shrinker_register(NULL);
  if (is("__free_pages", function)) __free_pages(wrong_page, 0);
  if (is("split_page", function)) split_page(wrong_page, 0);
}
