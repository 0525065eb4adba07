// What the Swift layers need from C: the records' layout, the thread slot, system calls.
#pragma once
#include <errno.h>
#include "quarry_layout.h"
#include "quarry_system.h"
