// The signing secrets as the database keeps them: sealed under the key file.
#pragma once

#include "core/base/random.h"
#include "core/model/endpoint.h"
#include "core/store/keyring.h"
#include "core/store/sqlite/connection.h"

#include <optional>
#include <string>
#include <vector>

namespace thig::sqlite {

class Secrets {
 public:
  Secrets(Connection& connection, std::string key_file, Random& random);

  // Those that sign at `now`: the current one first, then those in overlap, newest first. Empty if
  // the webhook has none.
  Result<std::vector<Secret>> read(EndpointId endpoint, Time now);
  // Adds one, as the newest. Belongs into a write transaction.
  Status add(EndpointId endpoint, const Secret& secret, Time now);
  // Adds one, and lets the one before it end at `old_until`; without it deletes all older ones.
  Status rotate(EndpointId endpoint, const Secret& fresh, std::optional<Time> old_until, Time now);

 private:
  Status load_key();
  Status load_or_create_key();
  Status keep(Keyring keyring, const std::string& check);

  Connection& connection_;
  std::string key_file_;
  Random& random_;
  std::optional<Keyring> keyring_;
};

}  // namespace thig::sqlite
