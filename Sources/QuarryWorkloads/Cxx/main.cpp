// quarry-workloads-cxx NAME [PARAMETER=NUMBER]...
#include "workloads.hpp"

static const Workload *const all[] = {&sized_server, &containers, nullptr};

int main(int count, char **arguments) {
  return workloads_main(count, arguments, all, nullptr);
}
