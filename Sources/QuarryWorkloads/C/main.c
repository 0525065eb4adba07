// quarry-workloads NAME [PARAMETER=NUMBER]...
#include "workloads.h"

static const Workload *const all[] = {
    &factoring, &minimiser, &bodies, &server, &handover, &exchange, &crosstalk, &replace, &bursts,
    &refill, &active_sharing, &passive_sharing, &large, &growth, &enlarge, &short_threads, &phases,
    &zeroed, &idle_threads, &idle_memory, &growing_heap, &random_free, &latency, NULL,
};

int main(int count, char **arguments) {
  return workloads_main(count, arguments, all, "quarry-workloads-cxx");
}
