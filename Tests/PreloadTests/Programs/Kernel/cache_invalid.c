// expect: abort
// stderr: quarry: {kmem_cache_free,kfree,free,ksize}({pointer}): *
// links: quarry
// args: 0 8
// args: 0 100000
// args: 1 8
// args: 2 8
// args: 3 8

// Pointers into objects and beyond are told, whichever function gets them.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 3);
  struct kmem_cache *cache = kmem_cache_create("inside", 64, 0, SLAB_NO_MERGE, NULL);
  char *object = kmem_cache_alloc(cache, GFP_KERNEL);
  void *wrong = hide(name_pointer(object + atol(arguments[2])));
  switch (atoi(arguments[1])) {
    case 0: kmem_cache_free(cache, wrong); break;
    case 1: kfree(wrong); break;
    case 2: free(wrong); break;
    case 3: return (int)ksize(wrong);
  }
}
