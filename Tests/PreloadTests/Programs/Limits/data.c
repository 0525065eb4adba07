// expect: exit 0
// standard: yes
// limit: data=64
// args: 24
// args: 1000
// args: 5000
// args: 100000
// args: 1000000

// Under a limit of 64 MiB of data: allocate until NULL with ENOMEM, free, and go on with as much as before.

#define RESOURCE RLIMIT_DATA
#include "Limits/address_space.c"
