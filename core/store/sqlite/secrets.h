// Secrets as the database keeps them: sealed, several at a time during a rotation.
#pragma once

#include "core/model/endpoint.h"
#include "core/store/sealing.h"
#include "core/store/sqlite/connection.h"

#include <optional>
#include <string>
#include <vector>

namespace thig::sqlite {

// Whose they are. The text is part of what seals them: a secret that was moved to another owner
// does not open.
struct SecretOwner {
  std::int64_t id = 0;
  std::string text;
};

// Where they are kept: in the columns `owner`, number, sealed, created_at, expires_at of a table.
struct SecretTable {
  const char* name;
  const char* owner;
  bool hashed = false;  // also has the SHA-256 of each, in `hash`, to be looked up by
};

class Secrets {
 public:
  Secrets(Connection& connection, Sealing& sealing, const SecretTable& table);
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;

  // Those that are live at `now`: the current one first, then those in overlap, newest first. Empty
  // if the owner has none.
  Result<std::vector<Secret>> read(const SecretOwner& owner, Time now);
  // Adds one, as the newest. Belongs into a write transaction, as the following.
  Status add(const SecretOwner& owner, const Secret& secret, Time now);
  // Adds one, and lets the one before it end at `old_until`; without it deletes all older ones.
  Status rotate(const SecretOwner& owner, const Secret& fresh, std::optional<Time> old_until,
                Time now);
  Status remove(const SecretOwner& owner);

 private:
  std::string place_of(const SecretOwner& owner, std::int64_t number) const;
  Status insert(const SecretOwner& owner, std::int64_t number, const Secret& secret, Time now);

  Connection& connection_;
  Sealing& sealing_;
  SecretTable table_;
  // Statements are known by their address, so these stay where they are.
  std::string select_live_;
  std::string select_last_;
  std::string insert_;
  std::string expire_older_;
  std::string delete_older_;
  std::string delete_ended_;
  std::string delete_all_;
};

}  // namespace thig::sqlite
