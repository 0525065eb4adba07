// Named caches of the kernel interface with known contents, described on standard output; then it waits for the end of its
// input. links: quarry
#include <quarry/kernel.h>
#include <quarry/slab.h>
#include <stdio.h>
#include <stdlib.h>

struct widget {
  char content[200];
};

static void construct(void *object) { ((struct widget *)object)->content[0] = 1; }

static struct widget *widgets[1000];
static void *plain[50];
static volatile unsigned long unmovable, reclaimable;

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  // 1000 objects, of which every fifth is freed again.
  struct kmem_cache *cache = kmem_cache_create("big widget", sizeof(struct widget), 0, 0, construct);
  for (int index = 0; index < 1000; index++) widgets[index] = kmem_cache_alloc(cache, GFP_KERNEL);
  for (int index = 0; index < 1000; index += 5) kmem_cache_free(cache, widgets[index]);
  // Another one of the same name, whose objects pass no sheaves.
  struct kmem_cache *debugged =
      kmem_cache_create("big widget", sizeof(struct widget), 0, SLAB_RED_ZONE | SLAB_STORE_USER, NULL);
  for (int index = 0; index < 50; index++) plain[index] = kmem_cache_alloc(debugged, GFP_KERNEL);
  for (int index = 0; index < 7; index++) kmem_cache_free(debugged, plain[index]);
  unmovable = __get_free_pages(GFP_KERNEL, 3);
  reclaimable = __get_free_pages(GFP_KERNEL | __GFP_RECLAIMABLE, 2);
  printf(
      "ready live=%p freed=%p pages=%p other=%p\n", (void *)widgets[501], (void *)widgets[500], (void *)unmovable,
      (void *)reclaimable);
  getchar();
  return 0;
}
