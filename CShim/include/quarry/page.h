// Whole pages: blocks of 2^order pages of 4 KiB, naturally aligned.
//
// Thread-safety: every function may be called from any thread at any time; in signal handlers those that allocate with
// GFP_ATOMIC or GFP_NOWAIT, those that free, and those that look.
#pragma once
#include <stdio.h>

#include "gfp.h"

#define QUARRY_PAGE_BYTES 4096ul
#ifndef PAGE_SIZE
#define PAGE_SIZE QUARRY_PAGE_BYTES
#define PAGE_SHIFT 12
#endif
// The largest order, 4 MiB, as in the kernel. Larger blocks: kvmalloc.
#define MAX_PAGE_ORDER 10

QUARRY_BEGIN

// What is known of a page. All its fields are the library's.
struct page;

// 2^order pages, at a multiple of their size. NULL when there is no memory; when order is above MAX_PAGE_ORDER also one
// line on standard error.
struct page *alloc_pages(gfp_t gfp, unsigned int order) QUARRY_SYMBOL(alloc_pages);
// The same by address: 0 when there is no memory.
unsigned long __get_free_pages(gfp_t gfp, unsigned int order) QUARRY_SYMBOL(get_free_pages);
// One page that reads as zero, by address.
unsigned long get_zeroed_page(gfp_t gfp) QUARRY_SYMBOL(get_zeroed_page);

// Give a block back. NULL and 0 are nothing; an order that the block does not have, or pages that are free, end the
// process with one line.
void __free_pages(struct page *page, unsigned int order) QUARRY_SYMBOL(__free_pages);
void free_pages(unsigned long address, unsigned int order) QUARRY_SYMBOL(free_pages);

// As many whole pages as `size` bytes need, at a multiple of the next power of two. NULL when there is no memory, or size
// is 0 or above 4 MiB.
void *alloc_pages_exact(size_t size, gfp_t gfp) QUARRY_SYMBOL(alloc_pages_exact);
// Gives them back: `size` as it was asked for.
void free_pages_exact(void *address, size_t size) QUARRY_SYMBOL(free_pages_exact);

// Fills the entries of `pages` that are NULL with single pages, up to `count` entries.
// Returns how many entries are filled from the start on: fewer than `count` when memory is short.
unsigned long alloc_pages_bulk(gfp_t gfp, unsigned long count, struct page **pages) QUARRY_SYMBOL(alloc_pages_bulk);

// Makes single pages of a block, each to be given back on its own. Not of one with __GFP_COMP.
void split_page(struct page *page, unsigned int order) QUARRY_SYMBOL(split_page);

// Where a page lies, and which page lies there. NULL for an address that is no page of the library.
void *page_address(const struct page *page) QUARRY_SYMBOL(page_address);
struct page *virt_to_page(const void *address) QUARRY_SYMBOL(virt_to_page);

// Of a block with __GFP_COMP: its first page, and its order, from any of its pages. Of any other page: itself, and 0.
struct page *compound_head(struct page *page) QUARRY_SYMBOL(compound_head);
unsigned int compound_order(struct page *page) QUARRY_SYMBOL(compound_order);

// What is in use of all that was asked for with __GFP_ACCOUNT or from caches with SLAB_ACCOUNT, in pages, rounded up.
// Constant time; exact when nobody allocates meanwhile.
unsigned long quarry_accounted_pages(void);
// Writes the free pages by migrate type and order, and the pageblocks by type, as /proc/pagetypeinfo has them.
void quarry_pagetypeinfo(FILE *stream);

QUARRY_END
