#include "core/setup/api_keys.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"
#include "core/documents/json_members.h"
#include "core/rules/access.h"
#include "core/rules/endpoint_rules.h"
#include "core/rules/suggest.h"
#include "core/setup/audit.h"
#include "core/setup/in_transaction.h"
#include "core/setup/members.h"
#include "core/setup/webhooks.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view key_prefix = "thig_";
constexpr std::size_t key_bytes = 20;  // 160 bits
constexpr std::size_t shown_digits = 4;
constexpr int id_bits = 40;

std::string fresh_key(Random& random) {
  return std::string(key_prefix) + to_hex(random.bytes(key_bytes));
}

JsonDifference state_difference(const ApiKey& before, const ApiKey& after) {
  return json_difference(api_key_json(before), api_key_json(after));
}

std::unexpected<Error> wrong(std::string_view field, std::string text, Remark hint = {}) {
  Error error{ErrorCode::invalid, std::move(text), std::move(hint)};
  error.field = field;
  return std::unexpected(std::move(error));
}

// Of what can be set at any time.
Status check_settings(const ApiKey& key) {
  THIG_TRY(said_of("name", check_endpoint_name(key.name)));
  if (parse_api_key_id(key.name)) return wrong("name", "the name looks like the id of a key");
  if (key.scopes.empty()) {
    return wrong("scope", "a key without a scope can do nothing",
                 {"choose what it may do: ", Setting{"scope", "emit"}});
  }
  if (key.rate < 1 || key.rate > most_requests_a_minute) {
    return wrong("rate", fmt::format("the rate must be from 1 to {} requests a minute",
                                     most_requests_a_minute));
  }
  return {};
}

Status check_end(std::optional<Time> end, Time now) {
  if (!end || *end > now) return {};
  return wrong("expires", "the key would already have expired");
}

}  // namespace

bool is_api_key(std::string_view text) {
  if (text.size() != key_prefix.size() + 2 * key_bytes || !text.starts_with(key_prefix)) {
    return false;
  }
  return std::ranges::all_of(text.substr(key_prefix.size()),
                             [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string api_key_hash(std::string_view text) {
  return hash(Digest::sha256, text);
}

std::string api_key_json(const ApiKey& key) {
  return object_document([&](JsonWriter& json) {
    json.key("name").text(key.name).key("member").text(key.member);
    write_texts(json, "scopes", key.scopes.names());
    json.key("rate").number(std::int64_t{key.rate}).key("enabled").boolean(key.enabled);
    write_time(json, "expiresAt", key.expires_at);
  });
}

ApiKeys::ApiKeys(Store& store, const Clock& clock, Random& random, Member actor)
    : store_(store), clock_(clock), random_(random), actor_(std::move(actor)) {}

Status ApiKeys::check_may_manage(std::string_view member) const {
  THIG_TRY(check_access(actor_, Action::own_keys));
  return member == actor_.name ? Status() : check_access(actor_, Action::manage_keys);
}

Result<AddedApiKey> ApiKeys::add(const ApiKeyDraft& draft) {
  const std::string member = draft.member.empty() ? actor_.name : draft.member;
  THIG_TRY(check_may_manage(member));
  const Time now = clock_.now().wall;
  AddedApiKey added{.key = {.id = {random_.bits(id_bits)},
                            .name = draft.name,
                            .prefix = {},
                            .member = member,
                            .scopes = draft.scopes,
                            .rate = draft.rate,
                            .created_at = now,
                            .expires_at = draft.expires_at},
                    .text = fresh_key(random_)};
  added.key.prefix = added.text.substr(0, key_prefix.size() + shown_digits);
  THIG_TRY(check_settings(added.key));
  THIG_TRY(check_end(added.key.expires_at, now));
  THIG_TRY(said_of("member",
                   find_listed(store_.config(), member, "name the member that the key acts for")));
  THIG_TRY(change_noted(
      store_.config(), actor_, now,
      {.action = "key.add",
       .subject = added.key.name,
       .difference = {.before = {}, .after = api_key_json(added.key)}},
      [&] { return said_of("name", store_.api_keys().add(added.key, api_key_hash(added.text))); }));
  return added;
}

Result<std::vector<ApiKey>> ApiKeys::list() {
  THIG_TRY(check_access(actor_, Action::own_keys));
  THIG_TRY_ASSIGN(keys, store_.api_keys().all());
  if (!may(actor_.role, Action::manage_keys)) {
    std::erase_if(keys, [&](const ApiKey& key) { return key.member != actor_.name; });
  }
  return keys;
}

Result<ApiKey> ApiKeys::find(std::string_view name_or_id) {
  THIG_TRY_ASSIGN(keys, list());
  auto found = store_.api_keys().find(name_or_id);
  if (!found && found.error().code == ErrorCode::not_found) {
    return std::unexpected(with_nearest_name(std::move(found).error(), name_or_id, keys,
                                             {"see all of them with: ", Operation{"keys"}}));
  }
  if (found) THIG_TRY(check_may_manage(found->member));
  return found;
}

Result<EditedApiKey> ApiKeys::edit(std::string_view name_or_id,
                                   const std::function<Status(ApiKey&)>& change) {
  return in_transaction(store_.config(), [&]() -> Result<EditedApiKey> {
    THIG_TRY_ASSIGN(before, find(name_or_id));
    ApiKey after = before;
    THIG_TRY(change(after));
    const Time now = clock_.now().wall;
    THIG_TRY(check_settings(after));
    if (after.expires_at != before.expires_at) THIG_TRY(check_end(after.expires_at, now));
    EditedApiKey edited{.key = after, .difference = state_difference(before, after)};
    if (edited.difference.empty()) return edited;
    THIG_TRY(change_noted(
        store_.config(), actor_, now,
        {.action = "key.edit", .subject = before.name, .difference = edited.difference},
        [&] { return said_of("name", store_.api_keys().update(after)); }));
    return edited;
  });
}

// All settings are written, so none may have changed since it was read.
Result<ApiKey> ApiKeys::set_enabled(std::string_view name_or_id, bool enabled) {
  return in_transaction(store_.config(), [&]() -> Result<ApiKey> {
    THIG_TRY_ASSIGN(before, find(name_or_id));
    ApiKey after = before;
    after.enabled = enabled;
    if (before.enabled == enabled) return after;
    THIG_TRY(change_noted(store_.config(), actor_, clock_.now().wall,
                          {.action = enabled ? "key.enable" : "key.disable",
                           .subject = before.name,
                           .difference = state_difference(before, after)},
                          [&] { return store_.api_keys().update(after); }));
    return after;
  });
}

Result<ApiKey> ApiKeys::remove(std::string_view name_or_id) {
  return in_transaction(store_.config(), [&]() -> Result<ApiKey> {
    THIG_TRY_ASSIGN(key, find(name_or_id));
    THIG_TRY(change_noted(store_.config(), actor_, clock_.now().wall,
                          {.action = "key.remove",
                           .subject = key.name,
                           .difference = {.before = api_key_json(key), .after = {}}},
                          [&] { return store_.api_keys().remove(key.id); }));
    return key;
  });
}

}  // namespace thig
