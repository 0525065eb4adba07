// False sharing, after the description of Hoard's two tests. Active: threads allocate small objects at the same time;
// an allocator that puts them into one cache line makes the threads slow each other down while they write. Passive:
// the objects come from one thread, so that the first lines are shared by the program's own doing; an allocator that
// gives a freed object back to the thread that freed it keeps them shared.
#include "workloads.h"

typedef struct {
  size_t rounds;
  size_t writes;
  size_t size;
  void **given;  // one object for each thread, NULL when active
} Sharing;

static void work(size_t index, void *context) {
  const Sharing *sharing = context;
  if (sharing->given != NULL) free(sharing->given[index]);
  for (size_t round = 0; round < sharing->rounds; round += 1) {
    volatile unsigned char *object = block_allocated(malloc(sharing->size), sharing->size);
    for (size_t byte = 0; byte < sharing->size; byte += 1) object[byte] = (unsigned char)index;
    for (size_t write = 0; write < sharing->writes; write += 1) {
      for (size_t byte = 0; byte < sharing->size; byte += 1) object[byte] += 1;
    }
    for (size_t byte = 0; byte < sharing->size; byte += 1) {
      if (object[byte] != (unsigned char)(index + sharing->writes)) workload_fail("an object was overwritten");
    }
    free((void *)object);
  }
}

static uint64_t run(const uint64_t *values, int passive) {
  Sharing sharing = {.rounds = values[1], .writes = values[2], .size = values[3]};
  if (passive) {
    sharing.given = array_make(values[0], sizeof(void *));
    for (size_t index = 0; index < values[0]; index += 1) {
      sharing.given[index] = block_allocated(malloc(sharing.size), sharing.size);
    }
  }
  threads_run(values[0], work, &sharing);
  free(sharing.given);
  return values[0] * values[1] * values[2];
}

static uint64_t run_active(const uint64_t *values) {
  return run(values, 0);
}

static uint64_t run_passive(const uint64_t *values) {
  return run(values, 1);
}

#define SHARING_PARAMETERS                                                   \
  {                                                                          \
    {"threads", 2, 1, "threads that run at once"},                           \
    {"rounds", 2000, 1, "objects that each thread allocates"},               \
    {"writes", 80000, 1, "writes to each byte of each object"},              \
    {"size", 8, 1, "bytes of an object"},                                    \
  }

const Workload active_sharing = {
  .name = "active-sharing",
  .summary = "threads write to small objects that they allocate at the same time",
  .parameters = SHARING_PARAMETERS,
  .run = run_active,
};

const Workload passive_sharing = {
  .name = "passive-sharing",
  .summary = "the same, after freeing objects that another thread allocated side by side",
  .parameters = SHARING_PARAMETERS,
  .run = run_passive,
};
