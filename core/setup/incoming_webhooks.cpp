#include "core/setup/incoming_webhooks.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/documents/change_json.h"
#include "core/documents/settings_json.h"
#include "core/rules/access.h"
#include "core/rules/generic_scheme.h"
#include "core/rules/incoming_rules.h"
#include "core/rules/secret.h"
#include "core/rules/signing.h"
#include "core/rules/suggest.h"
#include "core/rules/token.h"
#include "core/setup/audit.h"
#include "core/setup/in_transaction.h"

#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr int incoming_id_bits = 40;
constexpr std::size_t most_live = 4;

// The one that is given, or a fresh one.
Result<Secret> token_of(const std::optional<std::string>& given, Random& random, Time now) {
  if (given && !is_token(*given)) {
    return said_of<Secret>("token",
                           fail(ErrorCode::invalid, "not a valid token of a URL",
                                "it is the 43 characters at the end of a URL that was made here; "
                                "omit it, and one is made"));
  }
  return Secret{.text = given ? *given : make_token(random.bytes(token_bytes)),
                .created_at = now,
                .expires_at = {}};
}

Status check_verification(const std::string& scheme, const std::optional<std::string>& secret) {
  if (scheme.empty()) {
    if (!secret) return {};
    return said_of<void>("scheme", fail(ErrorCode::usage, "a secret needs a scheme",
                                        {"say who signs: ", Setting{"scheme", "github"}}));
  }
  if (!secret) {
    return said_of<void>(
        "secret",
        fail(ErrorCode::usage, fmt::format("scheme {} needs the secret that verifies", scheme),
             {"give it with ", Setting{"secret-file", "FILE"}}));
  }
  THIG_TRY(said_of("secret", check_secret(*secret)));
  const SigningKey key = signing_key(*secret);
  std::shared_ptr<const Scheme> own;
  for (const Scheme* row : schemes_of(scheme, own)) {
    if (can_verify(*row, key)) return {};
  }
  return said_of<void>(
      "secret",
      fail(ErrorCode::invalid, fmt::format("not a valid secret for {}", scheme),
           "copy it unchanged from the sender's settings, with its prefix if it has one"));
}

// What is there now; that it is still there is found out when it is run.
Status check_command_is_there(const IncomingAction& action) {
  if (action.kind != ActionKind::run) return {};
  const std::string& program = action.command.front();
  std::error_code error;
  const auto found = std::filesystem::status(program, error);
  if (!std::filesystem::exists(found)) {
    return fail(
        ErrorCode::invalid, fmt::format("there is no command {}", printable(program)),
        {"give the absolute path of a program: ", Setting{"command", "/usr/local/bin/deploy"}});
  }
  if (!std::filesystem::is_regular_file(found) || access(program.c_str(), X_OK) != 0) {
    return fail(ErrorCode::invalid, fmt::format("{} cannot be run", printable(program)),
                fmt::format("chmod +x {}, if it is a program", printable(program)));
  }
  if (!action.directory.empty() && !std::filesystem::is_directory(action.directory, error)) {
    return said_of<void>(
        "directory", fail(ErrorCode::invalid,
                          fmt::format("there is no directory {}", printable(action.directory))));
  }
  return {};
}

std::string state_json(bool enabled) {
  return one_member("state", enabled ? "enabled" : "disabled");
}

// Where no command is run they would be kept and never be used.
Status check_command_settings(const IncomingAction& before, const IncomingAction& after) {
  const bool same = before.directory == after.directory && before.timeout == after.timeout &&
                    before.max_parallel == after.max_parallel;
  if (same || after.kind == ActionKind::run) return {};
  return said_of_action(fail(ErrorCode::invalid,
                             "only commands have a directory, a timeout and parallel runs",
                             fmt::format("leave them out: its action is {}", to_text(after.kind))));
}

Status check_settings(const IncomingHook& hook, const Router& router) {
  std::vector<std::string> types;
  for (const EventType& type : router.event_types()) types.push_back(type.name);
  THIG_TRY(check_incoming(hook, types));
  return said_of_action(said_of("command", check_command_is_there(hook.action)));
}

}  // namespace

IncomingWebhooks::IncomingWebhooks(ConfigStore& config, IncomingConfigStore& incoming,
                                   const Clock& clock, Random& random, Member actor, Router* router)
    : config_(config),
      incoming_(incoming),
      clock_(clock),
      random_(random),
      changes_(config, std::move(actor), router) {}

Status IncomingWebhooks::check_allowed() const {
  return check_access(changes_.actor(), Action::configure);
}

Status IncomingWebhooks::check_allowed(const IncomingHook& hook) const {
  THIG_TRY(check_allowed());
  if (hook.action.kind != ActionKind::run) return {};
  return check_access(changes_.actor(), Action::configure_command);
}

Result<NewEvent> IncomingWebhooks::notice(std::string_view type, const IncomingHook& hook) {
  JsonWriter json;
  json.begin_object().key("webhookId").text(to_text(hook.id)).key("name").text(hook.name);
  json.key("direction").text("incoming").key("action").text(to_text(hook.action.kind));
  json.end_object();
  THIG_TRY_ASSIGN(routes, changes_.router());
  return routes->route(type, json.take());
}

Result<AddedIncoming> IncomingWebhooks::add(const IncomingDraft& draft) {
  THIG_TRY(check_allowed(draft.settings));
  THIG_TRY_ASSIGN(routes, changes_.router());
  THIG_TRY(check_settings(draft.settings, *routes));
  THIG_TRY(check_command_settings(IncomingAction(), draft.settings.action));
  THIG_TRY(check_verification(draft.settings.scheme, draft.secret));

  const Time now = clock_.now().wall;
  IncomingHook hook = draft.settings;
  hook.id = {random_.bits(incoming_id_bits)};
  hook.created_at = hook.updated_at = now;
  THIG_TRY_ASSIGN(token, token_of(draft.token, random_, now));
  std::optional<Secret> secret;
  if (draft.secret) secret = Secret{.text = *draft.secret, .created_at = now, .expires_at = {}};
  THIG_TRY_ASSIGN(raised, notice("webhook.created", hook));
  THIG_TRY(changes_.noted("incoming.add", hook.name, settings_difference(nullptr, &hook), now, [&] {
    return incoming_.add(hook, token, secret, now, {&raised, 1});
  }));
  return AddedIncoming{.hook = std::move(hook), .token = token.text};
}

Result<EditedIncoming> IncomingWebhooks::edit(std::string_view name_or_id,
                                              const std::function<Status(IncomingHook&)>& change,
                                              const std::optional<std::string>& given_secret) {
  const Time now = clock_.now().wall;
  EditedIncoming edited;
  const auto edit_one = [&]() -> Status {
    THIG_TRY_ASSIGN(before, find_incoming_webhook(incoming_, name_or_id));
    THIG_TRY(check_allowed(before));
    THIG_TRY(incoming_.open_verify_token(before));
    IncomingHook after = before;
    THIG_TRY(change(after));
    if (after.action.kind != before.action.kind) {
      return said_of_action(said_of<void>(
          "kind", fail(ErrorCode::invalid, "the kind of a webhook's action cannot be changed",
                       {"add another webhook: ", Operation{"add incoming"}})));
    }
    THIG_TRY(check_command_settings(before.action, after.action));
    edited.hook = before;
    edited.difference = settings_difference(&before, &after);
    std::optional<std::string> secret = given_secret;
    if (secret) {
      THIG_TRY_ASSIGN(live, incoming_.secrets(before.id, now));
      if (live.size() == 1 && constant_time_equal(live.front().text, *secret)) secret.reset();
      if (secret) {
        add_member(edited.difference, "secret",
                   live.empty() ? "" : masked_secret(live.front().text), masked_secret(*secret));
      }
    }
    if (after == before && !secret) return {};
    THIG_TRY_ASSIGN(routes, changes_.router());
    THIG_TRY(check_settings(after, *routes));
    THIG_TRY(secret || after.scheme.empty() ? check_verification(after.scheme, secret)
                                            : check_kept_secret(after, now));
    std::optional<Secret> fresh;
    if (secret) fresh = Secret{.text = *secret, .created_at = now, .expires_at = {}};
    THIG_TRY_ASSIGN(raised, notice("webhook.updated", after));
    after.updated_at = now;
    THIG_TRY(changes_.noted("incoming.edit", before.name, edited.difference, now, [&] {
      return incoming_.update(after, fresh, now, {&raised, 1});
    }));
    edited.hook = std::move(after);
    return {};
  };
  THIG_TRY(config_.in_transaction(edit_one));
  return edited;
}

Status IncomingWebhooks::check_kept_secret(const IncomingHook& hook, Time now) {
  THIG_TRY_ASSIGN(live, incoming_.secrets(hook.id, now));
  std::optional<std::string> kept;
  if (!live.empty()) kept = live.front().text;
  return check_verification(hook.scheme, kept);
}

Result<IncomingHook> IncomingWebhooks::set_enabled(std::string_view name_or_id, bool enabled) {
  return in_transaction(config_, [&]() -> Result<IncomingHook> {
    THIG_TRY_ASSIGN(hook, find_incoming_webhook(incoming_, name_or_id));
    THIG_TRY(check_allowed(hook));
    if (hook.enabled == enabled) return hook;
    hook.enabled = enabled;
    const Time now = clock_.now().wall;
    THIG_TRY_ASSIGN(raised, notice(enabled ? "webhook.enabled" : "webhook.disabled", hook));
    THIG_TRY(changes_.noted(enabled ? "incoming.enable" : "incoming.disable", hook.name,
                            {state_json(!enabled), state_json(enabled)}, now, [&] {
                              return incoming_.update(hook, std::nullopt, now, {&raised, 1});
                            }));
    hook.updated_at = now;
    return hook;
  });
}

Result<IncomingHook> IncomingWebhooks::remove(std::string_view name_or_id) {
  THIG_TRY(check_allowed());
  return in_transaction(config_, [&]() -> Result<IncomingHook> {
    THIG_TRY_ASSIGN(hook, find_incoming_webhook(incoming_, name_or_id));
    THIG_TRY_ASSIGN(raised, notice("webhook.deleted", hook));
    const Time now = clock_.now().wall;
    THIG_TRY(
        changes_.noted("incoming.remove", hook.name, settings_difference(&hook, nullptr), now, [&] {
          return incoming_.remove(hook.id, now, {&raised, 1});
        }));
    return hook;
  });
}

Result<RotatedIncoming> IncomingWebhooks::rotate(std::string_view name_or_id,
                                                 const RotationDraft& draft) {
  return in_transaction(config_, [&]() -> Result<RotatedIncoming> {
    THIG_TRY_ASSIGN(hook, find_incoming_webhook(incoming_, name_or_id));
    THIG_TRY(check_allowed(hook));
    const Time now = clock_.now().wall;
    const std::optional<Time> old_until = draft.old_until(now);
    THIG_TRY_ASSIGN(
        live, draft.secret ? incoming_.secrets(hook.id, now) : incoming_.tokens(hook.id, now));
    if (old_until && live.size() >= most_live) {
      return said_of<RotatedIncoming>(
          "overlap",
          fail(ErrorCode::conflict,
               fmt::format("the webhook {} already has {} of them", hook.name, live.size()),
               {"wait until an overlap has ended, or end all of them now with ",
                Setting{"overlap", "0s"}}));
    }
    THIG_TRY_ASSIGN(raised, notice("webhook.secret_rotated", hook));
    if (draft.secret) {
      Status verified = check_verification(hook.scheme, draft.secret);
      if (!verified) {
        verified.error().field = "secret";  // the scheme is not given here
        return std::unexpected(std::move(verified).error());
      }
      const Secret fresh{.text = *draft.secret, .created_at = now, .expires_at = {}};
      THIG_TRY(changes_.noted(
          "incoming.rotate", hook.name, secret_difference(live, fresh.text), now, [&] {
            return incoming_.rotate_secret(hook.id, fresh, old_until, now, {&raised, 1});
          }));
      return RotatedIncoming{.hook = std::move(hook), .token = {}, .old_until = old_until};
    }
    THIG_TRY_ASSIGN(token, token_of(draft.token, random_, now));
    THIG_TRY(changes_.noted(
        "incoming.rotate", hook.name, {{}, one_member("url", "(changed)")}, now, [&] {
          return incoming_.rotate_token(hook.id, token, old_until, now, {&raised, 1});
        }));
    return RotatedIncoming{.hook = std::move(hook), .token = token.text, .old_until = old_until};
  });
}

Result<RevealedIncoming> IncomingWebhooks::reveal(std::string_view name_or_id) {
  THIG_TRY(check_access(changes_.actor(), Action::reveal_secret));
  const Time now = clock_.now().wall;
  RevealedIncoming revealed;
  THIG_TRY_ASSIGN(hook, find_incoming_webhook(incoming_, name_or_id));
  revealed.hook = std::move(hook);
  THIG_TRY(changes_.noted("incoming.reveal", revealed.hook.name, {}, now, [&]() -> Status {
    THIG_TRY_ASSIGN(tokens, incoming_.tokens(revealed.hook.id, now));
    revealed.tokens = std::move(tokens);
    THIG_TRY_ASSIGN(secrets, incoming_.secrets(revealed.hook.id, now));
    revealed.secrets = std::move(secrets);
    return incoming_.open_verify_token(revealed.hook);
  }));
  return revealed;
}

Result<AnyWebhook> find_any_webhook(ConfigStore& config, IncomingConfigStore& hooks,
                                    std::string_view name_or_id) {
  auto outgoing = find_webhook(config, name_or_id);
  if (outgoing) return AnyWebhook(std::move(*outgoing));
  if (outgoing.error().code != ErrorCode::not_found) {
    return std::unexpected(std::move(outgoing).error());
  }
  auto incoming = find_incoming_webhook(hooks, name_or_id);
  if (incoming) return AnyWebhook(std::move(*incoming));
  if (incoming.error().code != ErrorCode::not_found) {
    return std::unexpected(std::move(incoming).error());
  }
  // Whichever knows a name that is near.
  const bool near = outgoing.error().hint != where_webhooks_are_listed();
  return std::unexpected(near ? std::move(outgoing).error() : std::move(incoming).error());
}

Result<IncomingHook> find_incoming_webhook(IncomingConfigStore& incoming,
                                           std::string_view name_or_id) {
  auto found = incoming.find(name_or_id);
  if (found || found.error().code != ErrorCode::not_found) return found;
  THIG_TRY_ASSIGN(hooks, incoming.hooks());
  return std::unexpected(with_nearest_name(
      std::move(found).error(), name_or_id, hooks,
      {"see all webhooks with: ", Operation{"list"}, ", ", Operation{"list incoming"}}));
}

Result<std::string> public_url_of(ConfigStore& config, const std::optional<std::string>& given) {
  if (given) return check_public_url(*given);
  THIG_TRY_ASSIGN(kept, config.setting(public_url_setting));
  return kept.empty() ? std::string(default_public_url) : kept;
}

Status keep_public_url(ConfigStore& config, const Member& actor, const std::string& url, Time now) {
  THIG_TRY_ASSIGN(before, config.setting(public_url_setting));
  if (before == url) return {};
  THIG_TRY(check_access(actor, Action::configure));
  return change_noted(config, actor, now,
                      {.action = "setting.change",
                       .subject = public_url_setting,
                       .difference = {.before = before.empty() ? "" : one_member("value", before),
                                      .after = url.empty() ? "" : one_member("value", url)}},
                      [&] { return config.put_setting(public_url_setting, url); });
}

}  // namespace thig
