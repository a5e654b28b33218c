// The table of API keys.
#pragma once

#include "core/store/api_key_store.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

class ApiKeys final : public ApiKeyStore {
 public:
  explicit ApiKeys(Connection& connection) : connection_(connection) {}

  Result<std::vector<ApiKey>> all() override;
  Result<ApiKey> find(std::string_view name_or_id) override;
  Result<std::optional<ApiKey>> find_by_hash(std::string_view hash) override;
  Status add(const ApiKey& key, std::string_view hash) override;
  Status update(const ApiKey& key) override;
  Status remove(ApiKeyId id) override;
  Status add_uses(std::span<const ApiKeyUse> uses) override;

 private:
  Status check_name_free(const ApiKey& key);

  Connection& connection_;
};

}  // namespace thig::sqlite
