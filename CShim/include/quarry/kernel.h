// Quarry's kernel interface: the functions that Linux code asks for memory with, for ordinary programs. Link with
// -lquarry (pkg-config quarry), or preload the library. One heap serves this interface and malloc: kfree takes a block
// of malloc, free takes one of kmalloc.
//
// All functions may be called from any thread. What differs from the kernel is said with each function and in the
// README.
#pragma once
#include "gfp.h"
#include "mempool.h"
#include "page.h"
#include "shrinker.h"
#include "slab.h"
