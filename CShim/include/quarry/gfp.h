// gfp_t: what a request for memory may do, and what it wants. The names and bits are the kernel's. What each flag means
// here is said with it; where that differs from the kernel, it says so. Combinations that contradict themselves are
// refused: one line on standard error, and NULL.
#pragma once
#include "symbol.h"

QUARRY_BEGIN

typedef unsigned int gfp_t;

// Plain bits, not to be used directly.
#define ___GFP_DMA 0x01u
#define ___GFP_HIGHMEM 0x02u
#define ___GFP_DMA32 0x04u
#define ___GFP_MOVABLE 0x08u
#define ___GFP_RECLAIMABLE 0x10u
#define ___GFP_HIGH 0x20u
#define ___GFP_IO 0x40u
#define ___GFP_FS 0x80u
#define ___GFP_ZERO 0x100u
#define ___GFP_DIRECT_RECLAIM 0x400u
#define ___GFP_KSWAPD_RECLAIM 0x800u
#define ___GFP_WRITE 0x1000u
#define ___GFP_NOWARN 0x2000u
#define ___GFP_RETRY_MAYFAIL 0x4000u
#define ___GFP_NOFAIL 0x8000u
#define ___GFP_NORETRY 0x10000u
#define ___GFP_MEMALLOC 0x20000u
#define ___GFP_COMP 0x40000u
#define ___GFP_NOMEMALLOC 0x80000u
#define ___GFP_HARDWALL 0x100000u
#define ___GFP_THISNODE 0x200000u
#define ___GFP_ACCOUNT 0x400000u

// MARK: Where the memory lies. At most one of DMA, DMA32, HIGHMEM.

// Addresses below 16 MiB. Needs room there: vm.mmap_min_addr below 16 MiB, and a program that is not linked to lie
// there. Where it cannot be had: NULL, and a report. kmalloc takes whole pages.
#define __GFP_DMA ((gfp_t)___GFP_DMA)
// Addresses below 4 GiB. As above.
#define __GFP_DMA32 ((gfp_t)___GFP_DMA32)
// Any address will do. Nothing here has no address, so this is what every request means; with DMA it is refused.
#define __GFP_HIGHMEM ((gfp_t)___GFP_HIGHMEM)

// MARK: How pages are grouped: in pageblocks of 2 MiB of one migrate type. At most one of the two; unmovable without.

// Pages that come and go: among malloc's, apart from what lives long. Nothing moves them.
#define __GFP_MOVABLE ((gfp_t)___GFP_MOVABLE)
// Pages that a shrinker gives up when memory is short.
#define __GFP_RECLAIMABLE ((gfp_t)___GFP_RECLAIMABLE)
// The pages are counted as the program's own account of kernel memory, and small objects that may not wait by their bytes:
// see quarry_accounted_pages().
#define __GFP_ACCOUNT ((gfp_t)___GFP_ACCOUNT)
// For the program's users (in the kernel: from the nodes that the process may use): grouped as movable.
#define __GFP_HARDWALL ((gfp_t)___GFP_HARDWALL)
// From this node alone, and to be written to soon: true of all memory here.
#define __GFP_THISNODE ((gfp_t)___GFP_THISNODE)
#define __GFP_WRITE ((gfp_t)___GFP_WRITE)

// MARK: How far it may go below the watermarks of the limit (the option `limit`, or the cgroup's).

// An urgent request: half of what the min watermark keeps, and the whole of the atomic reserve.
#define __GFP_HIGH ((gfp_t)___GFP_HIGH)
// Frees memory soon: all of what is kept, and beyond the limit.
#define __GFP_MEMALLOC ((gfp_t)___GFP_MEMALLOC)
// Not even within memalloc_noreclaim_save(). Wins over __GFP_MEMALLOC.
#define __GFP_NOMEMALLOC ((gfp_t)___GFP_NOMEMALLOC)

// MARK: What it may do to get memory.

// Reclaim may call shrinkers that do I/O (SHRINKER_IO), and file-system work (SHRINKER_FS).
#define __GFP_IO ((gfp_t)___GFP_IO)
#define __GFP_FS ((gfp_t)___GFP_FS)
// May wait for locks, make system calls, and reclaim memory itself when it is short. Without it a request takes only
// what is at hand, and is safe in signal handlers. (Older kernels: __GFP_WAIT.)
#define __GFP_DIRECT_RECLAIM ((gfp_t)___GFP_DIRECT_RECLAIM)
// Calls for background reclaim when less is left than the low watermark, before memory is so short that requests must wait:
// kswapd gives back what is free; shrinkers, and all of it where no kswapd runs, are left to the next request that may wait.
#define __GFP_KSWAPD_RECLAIM ((gfp_t)___GFP_KSWAPD_RECLAIM)
#define __GFP_RECLAIM ((gfp_t)(___GFP_DIRECT_RECLAIM | ___GFP_KSWAPD_RECLAIM))
// One light round of reclaim, then NULL.
#define __GFP_NORETRY ((gfp_t)___GFP_NORETRY)
// Goes on as long as reclaim finds anything, and a while longer, however large the request, then NULL.
// (Without any of these three: requests up to PAGE_ALLOC_COSTLY_ORDER as long as reclaim finds anything, larger ones one
// round. The kernel would kill a process then; here the process is the program, which gets NULL.)
#define __GFP_RETRY_MAYFAIL ((gfp_t)___GFP_RETRY_MAYFAIL)
// Never NULL: reclaims for ever, and when that finds nothing, takes what is kept, and goes beyond the limit.
#define __GFP_NOFAIL ((gfp_t)___GFP_NOFAIL)

// MARK: What is done with it.

// No report when the request fails.
#define __GFP_NOWARN ((gfp_t)___GFP_NOWARN)
// One block: compound_head() and compound_order() know it from any of its pages, kfree takes it, split_page does not.
#define __GFP_COMP ((gfp_t)___GFP_COMP)
// Reads as zero. Pages that are certain to be zero are not cleared again.
#define __GFP_ZERO ((gfp_t)___GFP_ZERO)

// Requests up to this order (32 KiB) are worth more than one round of reclaim.
#define PAGE_ALLOC_COSTLY_ORDER 3

// MARK: Combinations to use.

// From code that may not wait, as signal handlers: never waits, and makes no blocking system call, unless the report of a
// failure is one (write(2) to standard error, where nobody reads that), which __GFP_NOWARN spares. Objects come from the
// atomic reserve, pages from what is at hand, then from there.
#define GFP_ATOMIC (__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
// May do all to get memory.
#define GFP_KERNEL (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
// As GFP_ATOMIC, but leaves it the reserve: NULL when little is at hand.
#define GFP_NOWAIT (__GFP_KSWAPD_RECLAIM | __GFP_NOWARN)
// As GFP_KERNEL, from code that shrinkers of I/O, or file-system work, wait for. Better: memalloc_noio_save().
#define GFP_NOIO (__GFP_RECLAIM)
#define GFP_NOFS (__GFP_RECLAIM | __GFP_IO)
// For what the program holds for its users: in movable pageblocks.
#define GFP_USER (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_HIGHUSER (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
// Alone or with one of those above.
#define GFP_DMA __GFP_DMA
#define GFP_DMA32 __GFP_DMA32

// MARK: Scopes: what every request of the calling thread does between save and restore.

// No shrinkers of I/O; no shrinkers of file-system work; all of what the watermarks keep, and no reclaim.
// Return what restore wants. They nest.
unsigned int memalloc_noio_save(void) QUARRY_SYMBOL(memalloc_noio_save);
void memalloc_noio_restore(unsigned int flags) QUARRY_SYMBOL(memalloc_noio_restore);
unsigned int memalloc_nofs_save(void) QUARRY_SYMBOL(memalloc_nofs_save);
void memalloc_nofs_restore(unsigned int flags) QUARRY_SYMBOL(memalloc_nofs_restore);
unsigned int memalloc_noreclaim_save(void) QUARRY_SYMBOL(memalloc_noreclaim_save);
void memalloc_noreclaim_restore(unsigned int flags) QUARRY_SYMBOL(memalloc_noreclaim_restore);

// Makes the kernel interface ready for signal handlers: the atomic reserve is set aside, and its pages are touched. The
// first request outside a handler does the same; a program whose first request is in a handler calls this before.
// Returns 0, or -ENOMEM.
int quarry_init(void);

QUARRY_END
