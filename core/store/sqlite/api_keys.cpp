#include "core/store/sqlite/api_keys.h"

#include "core/store/refusals.h"
#include "core/store/sqlite/transaction.h"

namespace thig::sqlite {

namespace {

#define THIG_API_KEY_COLUMNS                                                         \
  "SELECT id, name, prefix, member, scopes, rate, enabled, created_at, expires_at, " \
  "last_used_at, requests FROM api_key "

constexpr const char* kSelectAll = THIG_API_KEY_COLUMNS "ORDER BY name";
constexpr const char* kSelectById = THIG_API_KEY_COLUMNS "WHERE id = ?1";
constexpr const char* kSelectByName = THIG_API_KEY_COLUMNS "WHERE name = ?1";
constexpr const char* kSelectByHash = THIG_API_KEY_COLUMNS "WHERE hash = ?1";

#undef THIG_API_KEY_COLUMNS

constexpr const char* kInsert = R"(
  INSERT INTO api_key (id, name, hash, prefix, member, scopes, rate, enabled, created_at,
                       expires_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))";
constexpr const char* kUpdate = R"(
  UPDATE api_key SET name = ?2, scopes = ?3, rate = ?4, enabled = ?5, expires_at = ?6
   WHERE id = ?1)";
constexpr const char* kDelete = "DELETE FROM api_key WHERE id = ?1";
constexpr const char* kAddUse = R"(
  UPDATE api_key
     SET requests = requests + ?2, last_used_at = max(coalesce(last_used_at, 0), ?3)
   WHERE id = ?1)";

constexpr std::int64_t kLastId = (std::int64_t{1} << 40) - 1;
constexpr int kMostRate = 1'000'000;

ApiKey read_key(Query& row) {
  return {.id = {row.integer(0, 0, kLastId)},
          .name = row.text(1),
          .prefix = row.text(2),
          .member = row.text(3),
          .scopes = Scopes::from_bits(row.small(4, 0, Scopes::all_bits)),
          .rate = row.small(5, 1, kMostRate),
          .enabled = row.flag(6),
          .created_at = row.time(7),
          .expires_at = row.optional_time(8),
          .last_used_at = row.optional_time(9),
          .requests = row.count(10)};
}

}  // namespace

Result<std::vector<ApiKey>> ApiKeys::all() {
  return connection_.query(kSelectAll).all(read_key);
}

Result<ApiKey> ApiKeys::find(std::string_view name_or_id) {
  if (const auto id = parse_api_key_id(name_or_id)) {
    THIG_TRY_ASSIGN(by_id, connection_.query(kSelectById).with(*id).first(read_key));
    if (by_id) return std::move(*by_id);
  }
  THIG_TRY_ASSIGN(by_name, connection_.query(kSelectByName).with(name_or_id).first(read_key));
  if (by_name) return std::move(*by_name);
  return no_api_key(name_or_id);
}

Result<std::optional<ApiKey>> ApiKeys::find_by_hash(std::string_view hash) {
  return connection_.query(kSelectByHash).with(Blob{hash}).first(read_key);
}

Status ApiKeys::check_name_free(const ApiKey& key) {
  THIG_TRY_ASSIGN(named, connection_.query(kSelectByName).with(key.name).first(read_key));
  if (!named || named->id == key.id) return {};
  return api_key_name_taken(key.name);
}

Status ApiKeys::add(const ApiKey& key, std::string_view hash) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(check_name_free(key));
  THIG_TRY(connection_.query(kInsert).run(key.id, key.name, Blob{hash}, key.prefix, key.member,
                                          key.scopes.bits(), key.rate, key.enabled, key.created_at,
                                          key.expires_at));
  return transaction.commit();
}

Status ApiKeys::update(const ApiKey& key) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(check_name_free(key));
  THIG_TRY(connection_.query(kUpdate).run(key.id, key.name, key.scopes.bits(), key.rate,
                                          key.enabled, key.expires_at));
  if (connection_.changes() == 0) return no_api_key(key.name);
  return transaction.commit();
}

Status ApiKeys::remove(ApiKeyId id) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kDelete).run(id));
  if (connection_.changes() == 0) return no_api_key(to_text(id));
  return transaction.commit();
}

Status ApiKeys::add_uses(std::span<const ApiKeyUse> uses) {
  if (uses.empty()) return {};
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::crash));
  for (const ApiKeyUse& use : uses) {
    THIG_TRY(connection_.query(kAddUse).run(use.id, use.requests, use.last));
  }
  return transaction.commit();
}

}  // namespace thig::sqlite
