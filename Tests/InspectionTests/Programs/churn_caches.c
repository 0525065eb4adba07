// Threads that allocate and free at full speed through named caches and malloc. At any moment, but for the one that it
// exchanges, each holds 500 objects of the cache `steady`, which has a constructor, 50 of `checked`, whose objects pass no
// sheaves, and 500 blocks of 100 bytes; and up to 64 of `passed` are live, which other threads free. Whole slabs come and
// go with `wave`, of which each thread holds up to 200. links: quarry
#include <pthread.h>
#include <quarry/kernel.h>
#include <quarry/slab.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 3, STEADY = 500, CHECKED = 50, SMALL = 500, WAVE = 200, PASSED = 64 };

static struct kmem_cache *steady, *checked, *passed, *wave;
static _Atomic(void *) exchanged[PASSED];
static atomic_int ready;

static void construct(void *object) { *(char *)object = 1; }

static void *work(void *argument) {
  unsigned seed = (unsigned)(unsigned long)argument;
  void **objects = calloc(STEADY, 8), **others = calloc(CHECKED, 8), **small = calloc(SMALL, 8), **waves = calloc(WAVE, 8);
  for (int i = 0; i < STEADY; i++) objects[i] = kmem_cache_alloc(steady, GFP_KERNEL);
  for (int i = 0; i < CHECKED; i++) others[i] = kmem_cache_alloc(checked, GFP_KERNEL);
  for (int i = 0; i < SMALL; i++) small[i] = memset(malloc(100), 1, 100);
  atomic_fetch_add(&ready, 1);
  for (int held = 0, rises = 1;;) {
    seed = seed * 1664525 + 1013904223;
    unsigned pick = seed >> 8;
    void **object = &objects[pick % STEADY], **block = &small[pick % SMALL];
    kmem_cache_free(steady, *object);
    *object = kmem_cache_alloc(steady, GFP_KERNEL);
    free(*block);
    *block = malloc(100);
    if (pick % 8 == 0) {
      void **other = &others[pick % CHECKED];
      kmem_cache_free(checked, *other);
      *other = kmem_cache_alloc(checked, GFP_KERNEL);
    }
    if (pick % 16 == 1) {
      void *old = atomic_exchange(&exchanged[pick % PASSED], kmem_cache_alloc(passed, GFP_KERNEL));
      if (old != NULL) kmem_cache_free(passed, old);
    }
    if (rises) waves[held++] = kmem_cache_alloc(wave, GFP_KERNEL); else kmem_cache_free(wave, waves[--held]);
    if (held == WAVE) rises = 0;
    if (held == 0) rises = 1;
  }
  return NULL;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  steady = kmem_cache_create("steady", 200, 0, 0, construct);
  checked = kmem_cache_create("checked", 300, 0, SLAB_RED_ZONE, NULL);
  passed = kmem_cache_create("passed", 72, 0, 0, construct);
  wave = kmem_cache_create("wave", 1000, 0, 0, construct);
  for (unsigned long i = 1; i <= THREADS; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, (void *)i) != 0) return 1;
  }
  while (atomic_load(&ready) < THREADS) {}
  puts("ready");
  getchar();
  return 0;
}
