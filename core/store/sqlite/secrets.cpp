#include "core/store/sqlite/secrets.h"

#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

constexpr const char* kSelectSigning = R"(
  SELECT number, sealed, created_at, expires_at
    FROM endpoint_secret
   WHERE endpoint_id = ?1 AND (expires_at IS NULL OR expires_at > ?2)
   ORDER BY expires_at IS NOT NULL, number DESC)";

constexpr const char* kSelectLastNumber =
    "SELECT coalesce(max(number), 0) FROM endpoint_secret WHERE endpoint_id = ?1";

constexpr const char* kInsert = R"(
  INSERT INTO endpoint_secret (endpoint_id, number, sealed, created_at, expires_at)
  VALUES (?1, ?2, ?3, ?4, ?5))";

constexpr const char* kExpireOlder = R"(
  UPDATE endpoint_secret
     SET expires_at = ?2
   WHERE endpoint_id = ?1 AND expires_at IS NULL
     AND number < (SELECT max(number) FROM endpoint_secret WHERE endpoint_id = ?1))";

constexpr const char* kDeleteOlder = R"(
  DELETE FROM endpoint_secret
   WHERE endpoint_id = ?1
     AND number < (SELECT max(number) FROM endpoint_secret WHERE endpoint_id = ?1))";

constexpr const char* kDeleteEnded =
    "DELETE FROM endpoint_secret WHERE endpoint_id = ?1 AND expires_at <= ?2";

constexpr const char* kSelectCheck = "SELECT key_check FROM meta";
constexpr const char* kUpdateCheck = "UPDATE meta SET key_check = ?1";

constexpr std::string_view kCheckPlace = "meta.key_check";
constexpr std::string_view kCheckText = "thig-hooks key check";
constexpr std::int64_t kMostNumbers = 1'000'000;

// The webhook is part of the place: a secret that was moved to another webhook does not open.
std::string place_of(EndpointId endpoint, std::int64_t number) {
  return fmt::format("endpoint_secret.sealed:{}:{}", to_text(endpoint), number);
}

// Empty before the first secret.
Result<std::string> read_check(Connection& connection) {
  Query query = connection.query(kSelectCheck);
  const bool found = query.next();
  std::string check = found && !query.is_null(0) ? query.blob(0) : std::string();
  THIG_TRY(query.finish());
  return check;
}

}  // namespace

Secrets::Secrets(Connection& connection, std::string key_file, Random& random)
    : connection_(connection), key_file_(std::move(key_file)), random_(random) {}

// A wrong key is found out here, once, rather than at some secret later.
Status Secrets::keep(Keyring keyring, const std::string& check) {
  if (!check.empty() && !keyring.open(check, kCheckPlace)) {
    return fail(ErrorCode::key,
                fmt::format("the key in {} is not the one that sealed the secrets of {}", key_file_,
                            connection_.file()),
                "name the right key file with --key-file, or restore it from a backup");
  }
  keyring_ = std::move(keyring);
  return {};
}

Status Secrets::load_key() {
  if (keyring_) return {};
  THIG_TRY_ASSIGN(check, read_check(connection_));
  THIG_TRY_ASSIGN(keyring, Keyring::load(key_file_));
  return keep(std::move(keyring), check);
}

// A key is made only for a database that has sealed nothing yet: with a fresh key in place of a
// lost one the old secrets would seem to be there and never open.
Status Secrets::load_or_create_key() {
  if (keyring_) return {};
  THIG_TRY_ASSIGN(check, read_check(connection_));
  if (!check.empty()) return load_key();
  THIG_TRY_ASSIGN(keyring, Keyring::load_or_create(key_file_, random_));
  THIG_TRY_ASSIGN(sealed, keyring.seal(kCheckText, kCheckPlace, random_));
  THIG_TRY(connection_.query(kUpdateCheck).run(Blob{sealed}));
  return keep(std::move(keyring), sealed);
}

Result<std::vector<Secret>> Secrets::read(EndpointId endpoint, Time now) {
  std::vector<Secret> secrets;
  Query query = connection_.query(kSelectSigning);
  query.with(endpoint, now);
  while (query.next()) {
    THIG_TRY(load_key());
    const std::int64_t number = query.integer(0, 1, kMostNumbers);
    const std::string sealed = query.blob(1);
    Secret secret;
    secret.created_at = query.time(2);
    secret.expires_at = query.optional_time(3);
    if (!query.sound()) break;
    THIG_TRY_ASSIGN(text, keyring_->open(sealed, place_of(endpoint, number)));
    secret.text = std::move(text);
    secrets.push_back(std::move(secret));
  }
  THIG_TRY(query.finish());
  return secrets;
}

Status Secrets::add(EndpointId endpoint, const Secret& secret, Time now) {
  THIG_TRY(load_or_create_key());
  Query last = connection_.query(kSelectLastNumber);
  last.with(endpoint);
  const std::int64_t number = last.next() ? last.integer(0, 0, kMostNumbers - 1) + 1 : 1;
  THIG_TRY(last.finish());
  THIG_TRY_ASSIGN(sealed, keyring_->seal(secret.text, place_of(endpoint, number), random_));
  return connection_.query(kInsert).run(endpoint, number, Blob{sealed}, now, secret.expires_at);
}

// Added before any is deleted, so that no number is used twice: what was sealed for an old secret
// never opens in the place of a new one.
Status Secrets::rotate(EndpointId endpoint, const Secret& fresh, std::optional<Time> old_until,
                       Time now) {
  THIG_TRY(add(endpoint, fresh, now));
  if (!old_until) return connection_.query(kDeleteOlder).run(endpoint);
  THIG_TRY(connection_.query(kExpireOlder).run(endpoint, *old_until));
  return connection_.query(kDeleteEnded).run(endpoint, now);
}

}  // namespace thig::sqlite
