// Keys of the HTTP API. Of a key itself a store knows only its SHA-256. The rules of store.h hold
// here.
#pragma once

#include "core/base/error.h"
#include "core/model/api_key.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace thig {

// What a key was used for since the last time this was told.
struct ApiKeyUse {
  ApiKeyId id;
  std::int64_t requests = 0;
  Time last{};
};

class ApiKeyStore {
 public:
  virtual ~ApiKeyStore() = default;

  // All of them, by name.
  virtual Result<std::vector<ApiKey>> all() = 0;
  // By id text or name; `not_found` names what was asked for.
  virtual Result<ApiKey> find(std::string_view name_or_id) = 0;
  // The one whose text has this hash (32 bytes), whatever its state; nothing if none has.
  virtual Result<std::optional<ApiKey>> find_by_hash(std::string_view hash) = 0;
  // `conflict` if the name is taken. The id must be new.
  virtual Status add(const ApiKey& key, std::string_view hash) = 0;
  // Gives the key of this id these settings: its name, scopes, rate, state and end. `not_found`,
  // `conflict`.
  virtual Status update(const ApiKey& key) = 0;
  // `not_found`.
  virtual Status remove(ApiKeyId id) = 0;
  // Adds what keys were used for; those that are gone are passed over. May be lost by a power
  // failure.
  virtual Status add_uses(std::span<const ApiKeyUse> uses) = 0;
};

}  // namespace thig
