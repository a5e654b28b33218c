#include "tests/support/store_contract.h"

namespace thig {

std::vector<StoreRule> store_contract() {
  std::vector<StoreRule> all;
  for (const auto& part :
       {config_rules(), change_rules(), intake_rules(), queue_rules(), history_rules(),
        seeing_rules(), recovery_rules(), incoming_rules(), request_rules(), action_rules(),
        arrival_rules(), maintenance_rules(), clock_rules(), api_key_rules(), session_rules()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace thig
