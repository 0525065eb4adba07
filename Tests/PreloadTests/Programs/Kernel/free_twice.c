// expect: abort
// stderr: quarry: {1}(*): *{double free,are free}*
// links: quarry
// args: kfree
// args: kfree_sensitive
// args: kvfree
// args: ksize
// args: krealloc
// args: krealloc_array
// args: kvrealloc
// args: kmem_cache_free
// args: kmem_cache_free_bulk
// args: free_pages
// args: __free_pages
// args: free_pages_exact
// args: split_page

// Whatever gets a block that is free says so.

#include <quarry/kernel.h>

#include "check.h"

static bool is(const char *name, const char *function) { return strcmp(name, function) == 0; }

int main(int count, char **arguments) {
  CHECK(count == 2);
  const char *function = arguments[1];
  char *block = kmalloc(100, GFP_KERNEL);
  kfree(block);
  block = hide(block);
  if (is("kfree", function)) kfree(block);
  if (is("kfree_sensitive", function)) kfree_sensitive(block);
  if (is("kvfree", function)) kvfree(block);
  if (is("ksize", function)) return (int)ksize(block);
  if (is("krealloc", function)) return krealloc(block, 200, GFP_KERNEL) != NULL;
  if (is("krealloc_array", function)) return krealloc_array(block, 20, 10, GFP_KERNEL) != NULL;
  if (is("kvrealloc", function)) return kvrealloc(block, 200, GFP_KERNEL) != NULL;

  struct kmem_cache *cache = kmem_cache_create("twice", 100, 0, SLAB_STORE_USER, NULL);
  void *object = kmem_cache_alloc(cache, GFP_KERNEL);
  kmem_cache_free(cache, object);
  object = hide(object);
  if (is("kmem_cache_free", function)) kmem_cache_free(cache, object);
  if (is("kmem_cache_free_bulk", function)) kmem_cache_free_bulk(cache, 1, &object);

  // Its pageblock stays with another block.
  CHECK(__get_free_pages(GFP_KERNEL, 0) != 0);
  unsigned long pages = __get_free_pages(GFP_KERNEL, 2);
  free_pages(pages, 2);
  struct page *page = virt_to_page((void *)pages);
  if (is("free_pages", function)) free_pages(pages, 2);
  if (is("__free_pages", function)) __free_pages(page, 2);
  if (is("free_pages_exact", function)) free_pages_exact((void *)pages, 4 * PAGE_SIZE);
  if (is("split_page", function)) split_page(page, 2);
}
