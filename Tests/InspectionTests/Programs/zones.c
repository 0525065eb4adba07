// Pages of the zones of low addresses, and objects of the atomic reserve, with known contents: three blocks of four pages
// below 4 GiB, one of them held by another, two single pages below 16 MiB, 40 objects of 100 bytes, of which one holds an
// ordinary block. Of each kind, one more is lost, and one more was freed. Then it waits for the end of its input.
// links: quarry
#include <quarry/kernel.h>
#include <quarry/slab.h>
#include <stdio.h>
#include <string.h>

static void **low[2];
static void *lowest[2];
static void **objects[40];
static void *volatile freed;

static void *pages(gfp_t zone, unsigned order) {
  return memset((void *)__get_free_pages(GFP_KERNEL | zone, order), 0, PAGE_SIZE << order);
}

__attribute__((noinline)) static void fill(void) {
  for (int i = 0; i < 2; i++) low[i] = pages(GFP_DMA32, 2);
  low[1][2000] = pages(GFP_DMA32, 2);
  for (int i = 0; i < 2; i++) lowest[i] = pages(GFP_DMA, 0);
  for (int i = 0; i < 40; i++) objects[i] = kzalloc(100, GFP_ATOMIC);
  objects[7][3] = kzalloc(3000, GFP_KERNEL);
  pages(GFP_DMA32, 2);
  pages(GFP_DMA, 0);
  memset(kmalloc(100, GFP_ATOMIC), 0, 100);
  free_pages((unsigned long)pages(GFP_DMA32, 2), 2);
  free_pages((unsigned long)pages(GFP_DMA, 0), 0);
  freed = kmalloc(100, GFP_ATOMIC);
  kfree(freed);
}

// Whatever the calls before left on the stack is written over.
__attribute__((noinline)) static void forget(void) {
  volatile char space[16384];
  for (size_t i = 0; i < sizeof space; i++) space[i] = 0;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  fill();
  forget();
  printf("ready low=%p lowest=%p object=%p freed=%p\n", (void *)low[1], lowest[0], (void *)objects[7], freed);
  getchar();
  return 0;
}
