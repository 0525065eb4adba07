// All workloads of this executable, one file each.
#pragma once

#include "block.h"
#include "random.h"
#include "workload.h"

extern const Workload active_sharing;
extern const Workload bodies;
extern const Workload bursts;
extern const Workload crosstalk;
extern const Workload enlarge;
extern const Workload exchange;
extern const Workload factoring;
extern const Workload growing_heap;
extern const Workload growth;
extern const Workload handover;
extern const Workload idle_memory;
extern const Workload idle_threads;
extern const Workload large;
extern const Workload latency;
extern const Workload minimiser;
extern const Workload passive_sharing;
extern const Workload phases;
extern const Workload random_free;
extern const Workload refill;
extern const Workload replace;
extern const Workload server;
extern const Workload short_threads;
extern const Workload zeroed;
