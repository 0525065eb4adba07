// expect: exit 0
// stderr: quarry: kmem_cache_alloc: cache built: objects with a constructor are not zeroed; __GFP_ZERO is ignored
// links: quarry

// A constructor sees each object once, and its work is there with every allocation.

#include <quarry/kernel.h>

#include "check.h"

struct built {
  uint64_t magic, uses;
};

static size_t constructed;

static void construct(void *object) {
  struct built *built = object;
  built->magic = 0x600d;
  built->uses = 0;
  constructed++;
}

int main(void) {
  struct kmem_cache *cache = kmem_cache_create("built", sizeof(struct built), 0, 0, construct);
  CHECK(cache != NULL);
  static struct built *objects[1000];
  for (int round = 0; round < 4; round++) {
    uint64_t uses = 0;
    for (int index = 0; index < 1000; index++) {
      objects[index] = kmem_cache_alloc(cache, GFP_KERNEL);
      CHECK(objects[index] != NULL && objects[index]->magic == 0x600d);
      uses += objects[index]->uses++;
    }
    CHECK(round == 0 ? uses == 0 : uses > 0);
    for (int index = 0; index < 1000; index++) kmem_cache_free(cache, objects[index]);
  }
  CHECK(constructed >= 1000 && constructed < 4000);
  objects[0] = kmem_cache_zalloc(cache, GFP_KERNEL);
  CHECK(objects[0]->magic == 0x600d);
  kmem_cache_free(cache, objects[0]);
  objects[0] = kmem_cache_zalloc(cache, GFP_KERNEL);
  kmem_cache_free(cache, objects[0]);
  kmem_cache_destroy(cache);
}
