// expect: exit 0
// options: sample=1
// flags: -O0 -rdynamic -Wno-unknown-pragmas

// The same, where each function keeps a frame pointer.

#include "Profile/stacks.c"
