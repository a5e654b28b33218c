#include "core/setup/webhooks.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/dispatch/notices.h"
#include "core/dispatch/request.h"
#include "core/documents/change_json.h"
#include "core/documents/settings_json.h"
#include "core/rules/access.h"
#include "core/rules/endpoint_rules.h"
#include "core/rules/filter.h"
#include "core/rules/retry_schedule.h"
#include "core/rules/secret.h"
#include "core/rules/suggest.h"
#include "core/rules/url_rules.h"
#include "core/setup/in_transaction.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int endpoint_id_bits = 40;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t most_live_secrets = 4;

// The mode asked for; else the best that the secret can sign.
SignatureMode choose_mode(const WebhookDraft& draft, std::string_view secret) {
  if (draft.signature) return *draft.signature;
  return is_standard_secret(secret) ? SignatureMode::both : SignatureMode::thig;
}

Status check_patterns(const std::vector<std::string>& patterns, const Router& router) {
  std::vector<std::string> known;
  for (const EventType& type : router.event_types()) known.push_back(type.name);
  for (const std::string& pattern : patterns) {
    THIG_TRY(said_of("events", check_pattern(pattern, known)));
  }
  return {};
}

Status check_rotation(const Endpoint& endpoint, const std::vector<Secret>& secrets,
                      std::string_view fresh, Millis overlap) {
  for (const Secret& secret : secrets) {
    if (!constant_time_equal(secret.text, fresh)) continue;
    return said_of("secret",
                   Status(fail(ErrorCode::conflict,
                               fmt::format("the webhook {} already has this secret", endpoint.name),
                               "leave the secret out to have a new one generated")));
  }
  if (overlap == Millis{0} || secrets.size() < most_live_secrets) return {};
  return said_of("overlap",
                 Status(fail(ErrorCode::conflict,
                             fmt::format("the webhook {} already signs with {} secrets",
                                         endpoint.name, secrets.size()),
                             {"wait until an overlap has ended, or end all of them now with ",
                              Setting{"overlap", "0s"}})));
}

std::vector<Remark> notes_on(const WebhookDraft& draft, const Endpoint& endpoint) {
  std::vector<Remark> notes;
  if (!draft.signature && endpoint.signature == SignatureMode::thig) {
    notes.emplace_back(
        "the secret is not a Standard Webhooks secret (whsec_ and the base64 of 24 to 64 bytes), "
        "so "
        "webhook-signature contains only the plain t1 hex");
  }
  if (endpoint.state == EndpointState::disabled) {
    notes.emplace_back("it is disabled and receives nothing until: ",
                       Operation{"enable", {endpoint.name}});
  }
  return notes;
}

}  // namespace

std::string fresh_secret(Random& random) {
  return make_secret(random.bytes(secret_bytes));
}

Webhooks::Webhooks(ConfigStore& config, const Clock& clock, Random& random, Member actor,
                   Router* router)
    : config_(config), clock_(clock), random_(random), changes_(config, std::move(actor), router) {}

Status Webhooks::check_allowed() const {
  return check_access(changes_.actor(), Action::configure);
}

Result<AddedWebhook> Webhooks::add(const WebhookDraft& draft) {
  THIG_TRY(check_allowed());
  const Time now = clock_.now().wall;
  Endpoint endpoint = draft.settings;
  fold_repeats(endpoint.events);
  THIG_TRY(said_of("name", check_endpoint_name(endpoint.name)));
  THIG_TRY_ASSIGN(url, said_of("url", check_url_target(endpoint.url, endpoint.allow_private)));
  THIG_TRY(check_endpoint(endpoint));
  THIG_TRY(tls_checks_.check(tls_files(endpoint)));
  THIG_TRY_ASSIGN(routes, changes_.router());
  THIG_TRY(check_patterns(endpoint.events, *routes));

  Secret secret{.text = draft.secret.value_or(""), .created_at = now, .expires_at = {}};
  if (!draft.secret) secret.text = fresh_secret(random_);
  endpoint.signature = choose_mode(draft, secret.text);
  THIG_TRY(said_of("secret", check_secret(secret.text, endpoint.signature)));

  endpoint.id = EndpointId{random_.bits(endpoint_id_bits)};
  endpoint.url = url.text;
  endpoint.created_at = endpoint.updated_at = endpoint.state_since = now;
  if (!draft.active) {
    endpoint.state = EndpointState::disabled;
    endpoint.disabled_by = DisabledBy::member;
    endpoint.state_reason = "added inactive";
  }
  THIG_TRY_ASSIGN(created, routes->route("webhook.created", webhook_notice(endpoint)));
  THIG_TRY(changes_.noted("webhook.add", endpoint.name, settings_difference(nullptr, &endpoint),
                          now, [&] {
                            return config_.add_endpoint(endpoint, secret, now, {&created, 1});
                          }));
  auto notes = notes_on(draft, endpoint);
  return AddedWebhook{
      .endpoint = std::move(endpoint), .secret = std::move(secret.text), .notes = std::move(notes)};
}

Result<EditedWebhook> Webhooks::edit(std::string_view name_or_id,
                                     const std::function<Status(Endpoint&)>& change) {
  THIG_TRY(check_allowed());
  const Time now = clock_.now().wall;
  EditedWebhook edited;
  const auto edit_one = [&]() -> Status {
    THIG_TRY_ASSIGN(before, find_webhook(config_, name_or_id));
    THIG_TRY(config_.open_headers(before));
    Endpoint after = before;
    THIG_TRY(change(after));
    fold_repeats(after.events);
    THIG_TRY_ASSIGN(url, said_of("url", check_url_target(after.url, after.allow_private)));
    after.url = url.text;
    edited.endpoint = before;
    // The settings as a whole: what the trail hides may differ, too.
    edited.difference = settings_difference(&before, &after);
    // The files may have changed where the settings have not.
    if (edited.difference.empty()) return tls_checks_.check(tls_files(after));
    THIG_TRY(check_endpoint(after));
    THIG_TRY(tls_checks_.check(tls_files(after)));
    THIG_TRY_ASSIGN(routes, changes_.router());
    if (after.events != before.events) THIG_TRY(check_patterns(after.events, *routes));
    if (after.signature != before.signature) THIG_TRY(check_live_secrets(after, now));
    after.updated_at = now;
    THIG_TRY_ASSIGN(raised, routes->route("webhook.updated", webhook_notice(after)));
    THIG_TRY(changes_.noted("webhook.edit", before.name, edited.difference, now, [&] {
      return config_.update_endpoint(after, now, {&raised, 1});
    }));
    edited.endpoint = std::move(after);
    return {};
  };
  THIG_TRY(config_.in_transaction(edit_one));
  return edited;
}

// The secret that signs from now on must be able to.
Status Webhooks::check_live_secrets(const Endpoint& endpoint, Time now) {
  THIG_TRY_ASSIGN(secrets, config_.secrets(endpoint.id, now));
  if (secrets.empty()) return {};
  return said_of("signature", check_secret(secrets.front().text, endpoint.signature));
}

Result<Endpoint> Webhooks::enable(std::string_view name_or_id) {
  return set_state(name_or_id, EndpointState::enabled, "");
}

Result<Endpoint> Webhooks::disable(std::string_view name_or_id, std::string_view reason) {
  const std::string why =
      reason.empty() ? fmt::format("disabled by {}", changes_.actor().name) : std::string(reason);
  return set_state(name_or_id, EndpointState::disabled, why);
}

Result<Endpoint> Webhooks::set_state(std::string_view name_or_id, EndpointState state,
                                     std::string_view reason) {
  THIG_TRY(check_allowed());
  return in_transaction(config_, [&]() -> Result<Endpoint> {
    THIG_TRY_ASSIGN(endpoint, find_webhook(config_, name_or_id));
    const bool enabling = state == EndpointState::enabled;
    const Time now = clock_.now().wall;
    THIG_TRY_ASSIGN(pause, config_.paused_until(endpoint.id));
    const bool resumes = enabling && endpoint.state == state && pause && *pause > now;
    if (endpoint.state == state && !resumes) return endpoint;
    const JsonDifference difference =
        resumes ? json_difference(one_member("pausedUntil", format_rfc3339(*pause)), "{}")
                : json_difference(state_json(endpoint.state, endpoint.state_reason),
                                  state_json(state, reason));
    endpoint.state = state;
    endpoint.disabled_by = enabling ? DisabledBy::nobody : DisabledBy::member;
    endpoint.state_reason = reason;
    if (!resumes) endpoint.state_since = now;
    ++endpoint.epoch;

    THIG_TRY_ASSIGN(routes, changes_.router());
    THIG_TRY_ASSIGN(
        raised, routes->route(enabling ? "webhook.enabled" : "webhook.disabled",
                              enabling ? webhook_notice(endpoint)
                                       : disabled_notice(endpoint, DisabledBy::member, reason)));
    THIG_TRY(changes_.noted(
        enabling ? "webhook.enable" : webhook_disable, endpoint.name, difference, now, [&] {
          return config_.set_endpoint_state(endpoint.id, state, endpoint.disabled_by, reason, now,
                                            {&raised, 1});
        }));
    return endpoint;
  });
}

Result<Endpoint> Webhooks::remove(std::string_view name_or_id) {
  THIG_TRY(check_allowed());
  return in_transaction(config_, [&]() -> Result<Endpoint> {
    THIG_TRY_ASSIGN(endpoint, find_webhook(config_, name_or_id));
    THIG_TRY_ASSIGN(routes, changes_.router());
    THIG_TRY_ASSIGN(raised, routes->route("webhook.deleted", webhook_notice(endpoint)));
    // The one that goes hears nothing of it: its rows go with it.
    std::erase(raised.queue, endpoint.id);
    std::erase(raised.missed, endpoint.id);
    const Time now = clock_.now().wall;
    THIG_TRY(changes_.noted("webhook.remove", endpoint.name,
                            settings_difference(&endpoint, nullptr), now, [&] {
                              return config_.remove_endpoint(endpoint.id, now, {&raised, 1});
                            }));
    return endpoint;
  });
}

Result<RotatedSecret> Webhooks::rotate(std::string_view name_or_id, const RotationDraft& draft) {
  THIG_TRY(check_allowed());
  return in_transaction(config_, [&]() -> Result<RotatedSecret> {
    THIG_TRY_ASSIGN(endpoint, find_webhook(config_, name_or_id));
    const Time now = clock_.now().wall;
    THIG_TRY_ASSIGN(secrets, config_.secrets(endpoint.id, now));
    Secret fresh{.text = draft.secret.value_or(""), .created_at = now, .expires_at = {}};
    if (!draft.secret) fresh.text = fresh_secret(random_);
    THIG_TRY(said_of("secret", check_secret(fresh.text, endpoint.signature)));
    THIG_TRY(check_rotation(endpoint, secrets, fresh.text, draft.overlap));

    const std::optional<Time> old_until = draft.old_until(now);
    THIG_TRY_ASSIGN(routes, changes_.router());
    THIG_TRY_ASSIGN(raised,
                    routes->route("webhook.secret_rotated", rotated_notice(endpoint, old_until)));
    THIG_TRY(changes_.noted(
        "webhook.rotate", endpoint.name, secret_difference(secrets, fresh.text), now, [&] {
          return config_.rotate_secret(endpoint.id, fresh, old_until, now, {&raised, 1});
        }));
    endpoint.updated_at = now;
    std::vector<Remark> notes;
    if (old_until && endpoint.signature == SignatureMode::thig) {
      notes.emplace_back("webhook-signature has room for one signature only (",
                         Setting{"signature", "thig"},
                         "), so the new secret alone signs from now on");
    }
    return RotatedSecret{.endpoint = std::move(endpoint),
                         .secret = std::move(fresh.text),
                         .old_until = old_until,
                         .notes = std::move(notes)};
  });
}

Result<RevealedWebhook> Webhooks::reveal(std::string_view name_or_id) {
  THIG_TRY(check_access(changes_.actor(), Action::reveal_secret));
  const Time now = clock_.now().wall;
  RevealedWebhook revealed;
  THIG_TRY_ASSIGN(endpoint, find_webhook(config_, name_or_id));
  revealed.endpoint = std::move(endpoint);
  THIG_TRY(changes_.noted("webhook.reveal", revealed.endpoint.name, {}, now, [&]() -> Status {
    THIG_TRY_ASSIGN(secrets, config_.secrets(revealed.endpoint.id, now));
    revealed.secrets = std::move(secrets);
    return config_.open_headers(revealed.endpoint);
  }));
  return revealed;
}

Remark where_webhooks_are_listed() {
  return {"see all webhooks with: ", Operation{"list"}};
}

Result<Endpoint> find_webhook(ConfigStore& config, std::string_view name_or_id) {
  auto found = config.find_endpoint(name_or_id);
  if (found || found.error().code != ErrorCode::not_found) return found;
  THIG_TRY_ASSIGN(endpoints, config.endpoints());
  return std::unexpected(with_nearest_name(std::move(found).error(), name_or_id, endpoints,
                                           where_webhooks_are_listed()));
}

}  // namespace thig
