// quarry-workloads NAME [PARAMETER=NUMBER]...
#include "workloads.h"

static const Workload *const all[] = {
  &factoring, &minimiser, &bodies,         &server,          &handover,  &exchange,    &crosstalk,
  &replace,   &bursts,    &active_sharing, &passive_sharing, &large,     &growth,      &short_threads,
  &phases,    &zeroed,    &idle_threads,   &growing_heap,    &random_free, NULL,
};

int main(int count, char **arguments) {
  return workloads_main(count, arguments, all, "quarry-workloads-cxx");
}
