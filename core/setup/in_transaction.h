// A change that depends on what is there: what was looked at must still be so when it is made.
#pragma once

#include "core/store/config_store.h"

#include <optional>
#include <utility>

namespace thig {

// Does `work`, which answers a Result, in one transaction (ConfigStore::in_transaction): what it
// answers.
template <class Work>
auto in_transaction(ConfigStore& config, Work work) -> decltype(work()) {
  std::optional<typename decltype(work())::value_type> answer;
  THIG_TRY(config.in_transaction([&]() -> Status {
    auto done = work();
    if (!done) return std::unexpected(std::move(done).error());
    answer = std::move(*done);
    return {};
  }));
  return std::move(*answer);
}

}  // namespace thig
