// expect: exit 0
// stderr: quarry: kmem_cache_alloc: cache model: objects with a constructor are not zeroed; __GFP_ZERO is ignored
// options: limit=11M
// links: quarry
// args: 300000 3 limited
// deadline: 900

// The walk of model.c with too little memory, so that requests go through reclaim, shrinkers are asked, and some fail.

#include "Kernel/model.c"
