// What C++ programs mostly do with memory: maps, hash tables, strings, shared pointers and vectors that come and go.
#include "workloads.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

struct Account {
  std::string name;
  std::vector<uint32_t> entries;
  std::shared_ptr<Account> parent;
};

std::string name_of(uint64_t number) {
  return "account number " + std::to_string(number) + (number % 3 == 0 ? " with a longer name than most" : "");
}

uint64_t run(const uint64_t *values) {
  Random random = random_seeded(0);
  std::map<uint64_t, std::shared_ptr<Account>> by_number;
  std::unordered_map<std::string, std::weak_ptr<Account>> by_name;
  std::deque<uint64_t> recent;
  uint64_t result = 0;
  for (size_t done = 0; done < values[0]; done += 1) {
    uint64_t number = random_below(&random, values[1]);
    auto &account = by_number[number];
    if (!account) {
      account = std::make_shared<Account>();
      account->name = name_of(number);
      by_name[account->name] = account;
      if (!recent.empty()) {
        auto parent = by_number.find(recent.front());
        if (parent != by_number.end() && parent->second != account) account->parent = parent->second;
      }
    }
    account->entries.push_back(static_cast<uint32_t>(done));
    recent.push_back(number);
    if (recent.size() > 64) recent.pop_front();
    if (done % 4 != 3) continue;
    // Each fourth operation closes an account.
    auto closed = by_number.lower_bound(random_below(&random, values[1]));
    if (closed == by_number.end()) continue;
    if (by_name.find(closed->second->name) == by_name.end() || closed->second->name != name_of(closed->first)) {
      workload_fail("an account's name changed");
    }
    result = mix(result + closed->second->entries.size());
    by_name.erase(closed->second->name);
    // Chains of closed accounts must not grow without bound.
    closed->second->parent.reset();
    by_number.erase(closed);
  }
  return mix(result + by_number.size() + by_name.size());
}

}  // namespace

const Workload containers = {
    "containers",
    "C++ maps, strings, vectors and shared pointers",
    {{"operations", 800000, 1, "operations"}, {"accounts", 100000, 1, "numbers that accounts may have"}},
    run,
};
