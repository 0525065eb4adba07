// How the headers map the kernel's names to the library's: a program declares `kmalloc` and links `quarry_kmalloc`, so
// that the library never interposes a program's own function of that name. Works in C and C++, and through function
// pointers.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define QUARRY_SYMBOL(name) __asm__("quarry_" #name)

#if defined(__cplusplus)
#define QUARRY_BEGIN extern "C" {
#define QUARRY_END }
#else
#define QUARRY_BEGIN
#define QUARRY_END
#endif

// What the compiler may know of a function that returns a fresh block, whose bytes are argument `size`, or the product
// of arguments `count` and `size`.
#define QUARRY_FRESH __attribute__((malloc, warn_unused_result))
#define QUARRY_SIZED(size) __attribute__((alloc_size(size)))
#define QUARRY_COUNTED(count, size) __attribute__((alloc_size(count, size)))
