// What any store must do, whatever database is behind it: one suite, to be run against each.
//   TEST_CASE("the SQLite store keeps the contract") {
//     for (const StoreRule& rule : store_contract()) {
//       SUBCASE(rule.name) { … rule.check(open); }
//     }
//   }
#pragma once

#include "core/store/store.h"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace thig {

// Opens the store at a place that was empty before the rule began. Called again, while another is
// open or after it has been closed, it opens the same place.
using OpenStore = std::function<std::unique_ptr<Store>()>;

struct StoreRule {
  const char* name;
  void (*check)(const OpenStore& open);
};

// All of them; the parts are in store_contract_*.cpp.
std::vector<StoreRule> store_contract();

std::span<const StoreRule> config_rules();
std::span<const StoreRule> change_rules();
std::span<const StoreRule> intake_rules();
std::span<const StoreRule> queue_rules();
std::span<const StoreRule> history_rules();
std::span<const StoreRule> recovery_rules();
std::span<const StoreRule> seeing_rules();
std::span<const StoreRule> incoming_rules();
std::span<const StoreRule> request_rules();
std::span<const StoreRule> action_rules();
std::span<const StoreRule> arrival_rules();
std::span<const StoreRule> maintenance_rules();
std::span<const StoreRule> clock_rules();
std::span<const StoreRule> api_key_rules();
std::span<const StoreRule> session_rules();

}  // namespace thig
