// All workloads in C++, one file each. They have an executable of their own, so that the C++ library, which every
// process that links it must load and start, does not add to the memory of the workloads in C.
#pragma once

#include "random.h"
#include "workload.h"

extern const Workload sized_server;
extern const Workload containers;
