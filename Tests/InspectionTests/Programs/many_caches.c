// Many named caches, and a memory pool with many elements; then it waits for the end of its input. links: quarry
#include <quarry/mempool.h>
#include <quarry/slab.h>
#include <stdio.h>

static struct kmem_cache *caches[400];
static mempool_t *pool;

int main(void) {
  char name[32];
  for (int index = 0; index < 400; index++) {
    sprintf(name, "cache %d", index);
    caches[index] = kmem_cache_create(name, 100 + index, 0, SLAB_NO_MERGE, NULL);
  }
  pool = mempool_create_kmalloc_pool(20000, 64);
  if (pool == NULL) return 1;
  printf("ready\n");
  fflush(stdout);
  getchar();
  return 0;
}
