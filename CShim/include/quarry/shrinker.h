// Shrinkers: what a program can give up when memory is short.
//
// Requests that may reclaim (__GFP_DIRECT_RECLAIM, and malloc and its family, which count as GFP_KERNEL) call the registered
// shrinkers when memory is short, on their own thread, with no lock of the library held: a shrinker may allocate and free,
// beyond the limit if need be, and is not called again for what it allocates. It must not wait for a lock that code holds
// which allocates with these flags.
#pragma once
#include "gfp.h"

QUARRY_BEGIN

// One call of a shrinker.
struct shrink_control {
  gfp_t gfp_mask;             // of the request that is short of memory
  int nid;                    // 0: there is one node
  unsigned long nr_to_scan;   // objects to look at
  unsigned long nr_scanned;   // objects that were looked at: nr_to_scan, unless the callback says otherwise
};

struct shrinker {
  // How many objects could be given up; 0 when that is unknown, SHRINK_EMPTY when there are none.
  unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *control);
  // Looks at nr_to_scan objects and gives up what it can of them.
  // Returns how many it gave up; SHRINK_STOP when it cannot now.
  unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *control);
  long batch;          // objects a call; 0: 128
  int seeks;           // what it costs to make an object again; 0: nothing, half of them go at once. Set to DEFAULT_SEEKS
  unsigned int flags;  // SHRINKER_*
  void *private_data;  // the program's

  // The library's.
  struct shrinker *quarry_next;
  unsigned long quarry_deferred;
  unsigned int quarry_running;
  unsigned int quarry_registered;
  char quarry_name[48];
};

#define SHRINK_STOP (~0ul)
#define SHRINK_EMPTY (~0ul - 1)
#define DEFAULT_SEEKS 2
// The callbacks do I/O, or file-system work: requests without __GFP_IO, or __GFP_FS, leave them alone. (In the kernel each
// callback looks at gfp_mask itself, which works here, too.)
#define SHRINKER_IO 1u
#define SHRINKER_FS 2u

// A shrinker, zeroed but for seeks; its name is for reports. NULL when there is no memory.
struct shrinker *shrinker_alloc(unsigned int flags, const char *format, ...) QUARRY_SYMBOL(shrinker_alloc)
    __attribute__((format(printf, 2, 3)));
// Makes it known to reclaim: both callbacks are set by now, or the process ends with one line.
void shrinker_register(struct shrinker *shrinker) QUARRY_SYMBOL(shrinker_register);
// Takes it back, once no call of it is under way. NULL is nothing. Not from its own callbacks.
void shrinker_free(struct shrinker *shrinker) QUARRY_SYMBOL(shrinker_free);

QUARRY_END
