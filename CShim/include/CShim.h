// What the Swift layers need from C: the records' layout, the thread slot, system calls, the public headers' values.
#pragma once
#include <errno.h>
#include "quarry/kernel.h"
#include "quarry_kernel_layout.h"
#include "quarry_kernel_memory.h"
#include "quarry_layout.h"
#include "quarry_mempool_layout.h"
#include "quarry_profile_layout.h"
#include "quarry_system.h"
