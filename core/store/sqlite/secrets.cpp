#include "core/store/sqlite/secrets.h"

#include "core/base/hmac.h"

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

constexpr const char* kSelectLive = R"(
  SELECT number, sealed, created_at, expires_at, {hash}
    FROM {table}
   WHERE {owner} = ?1 AND (expires_at IS NULL OR expires_at > ?2)
   ORDER BY expires_at IS NOT NULL, number DESC)";

constexpr const char* kSelectLast =
    "SELECT coalesce(max(number), 0) FROM {table} WHERE {owner} = ?1";

constexpr const char* kInsertSecret = R"(
  INSERT INTO {table} ({owner}, number, sealed, created_at, expires_at)
  VALUES (?1, ?2, ?3, ?4, ?5))";

constexpr const char* kInsertHashed = R"(
  INSERT INTO {table} ({owner}, number, sealed, created_at, expires_at, hash)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6))";

constexpr const char* kExpireOlder = R"(
  UPDATE {table}
     SET expires_at = ?2
   WHERE {owner} = ?1 AND expires_at IS NULL
     AND number < (SELECT max(number) FROM {table} WHERE {owner} = ?1))";

constexpr const char* kDeleteOlder = R"(
  DELETE FROM {table}
   WHERE {owner} = ?1
     AND number < (SELECT max(number) FROM {table} WHERE {owner} = ?1))";

constexpr const char* kDeleteEndedSecrets =
    "DELETE FROM {table} WHERE {owner} = ?1 AND expires_at <= ?2";
constexpr const char* kDeleteAll = "DELETE FROM {table} WHERE {owner} = ?1";

constexpr std::int64_t kMostNumbers = 1'000'000;

}  // namespace

Secrets::Secrets(Connection& connection, Sealing& sealing, const SecretTable& table)
    : connection_(connection), sealing_(sealing), table_(table) {
  const auto of_table = [&](const char* sql) {
    return fmt::format(fmt::runtime(sql), fmt::arg("table", table_.name),
                       fmt::arg("owner", table_.owner),
                       fmt::arg("hash", table_.hashed ? "hash" : "NULL"));
  };
  select_live_ = of_table(kSelectLive);
  select_last_ = of_table(kSelectLast);
  insert_ = of_table(table_.hashed ? kInsertHashed : kInsertSecret);
  expire_older_ = of_table(kExpireOlder);
  delete_older_ = of_table(kDeleteOlder);
  delete_ended_ = of_table(kDeleteEndedSecrets);
  delete_all_ = of_table(kDeleteAll);
}

std::string Secrets::place_of(const SecretOwner& owner, std::int64_t number) const {
  return fmt::format("{}.sealed:{}:{}", table_.name, owner.text, number);
}

Result<std::vector<Secret>> Secrets::read(const SecretOwner& owner, Time now) {
  std::vector<Secret> secrets;
  Query query = connection_.query(select_live_.c_str());
  query.with(owner.id, now);
  while (query.next()) {
    const std::int64_t number = query.integer(0, 1, kMostNumbers);
    const std::string sealed = query.blob(1);
    Secret secret;
    secret.created_at = query.time(2);
    secret.expires_at = query.optional_time(3);
    if (!query.sound()) break;
    THIG_TRY_ASSIGN(text, sealing_.open(sealed, place_of(owner, number)));
    secret.text = std::move(text);
    // It would not be found by its text.
    if (table_.hashed && query.blob(4) != hash(Digest::sha256, secret.text)) query.reject(4);
    secrets.push_back(std::move(secret));
  }
  THIG_TRY(query.finish());
  return secrets;
}

Status Secrets::insert(const SecretOwner& owner, std::int64_t number, const Secret& secret,
                       Time now) {
  THIG_TRY_ASSIGN(sealed, sealing_.seal(secret.text, place_of(owner, number)));
  Query query = connection_.query(insert_.c_str());
  if (!table_.hashed) return query.run(owner.id, number, Blob{sealed}, now, secret.expires_at);
  const std::string hashed = hash(Digest::sha256, secret.text);
  return query.run(owner.id, number, Blob{sealed}, now, secret.expires_at, Blob{hashed});
}

Status Secrets::add(const SecretOwner& owner, const Secret& secret, Time now) {
  Query last = connection_.query(select_last_.c_str());
  last.with(owner.id);
  const std::int64_t number = last.next() ? last.integer(0, 0, kMostNumbers - 1) + 1 : 1;
  THIG_TRY(last.finish());
  return insert(owner, number, secret, now);
}

// Added before any is deleted, so that no number is used twice: what was sealed for an old secret
// never opens in the place of a new one.
Status Secrets::rotate(const SecretOwner& owner, const Secret& fresh, std::optional<Time> old_until,
                       Time now) {
  THIG_TRY(add(owner, fresh, now));
  if (!old_until) return connection_.query(delete_older_.c_str()).run(owner.id);
  THIG_TRY(connection_.query(expire_older_.c_str()).run(owner.id, *old_until));
  return connection_.query(delete_ended_.c_str()).run(owner.id, now);
}

Status Secrets::remove(const SecretOwner& owner) {
  return connection_.query(delete_all_.c_str()).run(owner.id);
}

}  // namespace thig::sqlite
