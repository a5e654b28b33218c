#include "core/setup/apply.h"

#include "core/base/codec.h"
#include "core/base/enum_names.h"
#include "core/documents/change_json.h"
#include "core/documents/json_members.h"
#include "core/documents/settings_json.h"
#include "core/rules/access.h"
#include "core/rules/incoming_rules.h"
#include "core/setup/audit.h"
#include "core/setup/event_types.h"
#include "core/setup/incoming_webhooks.h"
#include "core/setup/members.h"
#include "core/setup/webhooks.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr EnumName<PlanStep> steps[] = {
    {PlanStep::create, "create"},
    {PlanStep::change, "change"},
    {PlanStep::remove, "remove"},
};

constexpr EnumName<SetupKind> kinds[] = {
    {SetupKind::setting, "setting"},       {SetupKind::member, "member"},
    {SetupKind::event_type, "event type"}, {SetupKind::outgoing, "outgoing"},
    {SetupKind::incoming, "incoming"},
};

std::unexpected<Error> at(const std::string& place, Error error) {
  error.text = fmt::format("{}: {}", place, error.text);
  return std::unexpected(std::move(error));
}

std::string value_json(std::string_view value) {
  JsonWriter json;
  json.begin_object();
  write_text_or_null(json, "value", value);
  return json.end_object().take();
}

template <class Setups>
std::set<std::string> names_of(const Setups& setups) {
  std::set<std::string> names;
  for (const auto& setup : setups) names.insert(setup.settings.name);
  return names;
}

// Of a configuration that others are changing.
constexpr int most_readings = 20;

class Applying {
 public:
  Applying(ConfigStore& config, IncomingConfigStore& hooks, const Clock& clock, Random& random,
           const Member& actor, const SetupDocument& document, bool prune)
      : config_(config),
        hooks_(hooks),
        clock_(clock),
        actor_(actor),
        document_(document),
        prune_(prune),
        outgoing_(config, clock, random, actor, &router_),
        incoming_(config, hooks, clock, random, actor, &router_),
        members_(config, clock, actor) {}

  // Names are made free before they are taken; types are there before they are asked for.
  Status run() {
    THIG_TRY(put_settings());
    THIG_TRY(put_members());
    THIG_TRY(load_router());
    THIG_TRY(prune_webhooks());
    THIG_TRY(put_event_types());
    for (const OutgoingSetup& setup : document_.outgoing.value_or(std::vector<OutgoingSetup>())) {
      if (auto done = apply(setup); !done) return at(setup.place, std::move(done).error());
    }
    for (const IncomingSetup& setup : document_.incoming.value_or(std::vector<IncomingSetup>())) {
      if (auto done = apply(setup); !done) return at(setup.place, std::move(done).error());
    }
    return prune_event_types();
  }

  std::vector<PlannedChange> take_plan() { return std::move(plan_); }

 private:
  Status load_router() {
    THIG_TRY_ASSIGN(loaded, Router::load(config_));
    router_ = std::move(loaded);
    return {};
  }

  void note(PlanStep step, SetupKind kind, std::string name, JsonDifference difference,
            std::string made = {}) {
    plan_.push_back({.step = step,
                     .kind = kind,
                     .name = std::move(name),
                     .difference = std::move(difference),
                     .made = std::move(made)});
  }

  // `settings`: what it had, as a new one shows what it has.
  void note_removed(SetupKind kind, std::string name, std::string settings) {
    note(PlanStep::remove, kind, std::move(name), {.before = std::move(settings), .after = {}});
  }

  // ---------------------------------------------------------------------- settings and members
  Status put_settings() {
    if (!document_.public_url) return {};
    constexpr std::string_view name = "publicUrl";
    std::string url = *document_.public_url;
    if (!url.empty()) {
      auto checked = check_public_url(url);
      if (!checked) return at("settings, publicUrl", std::move(checked).error());
      url = std::move(*checked);
    }
    THIG_TRY_ASSIGN(before, config_.setting(public_url_setting));
    JsonDifference difference = json_difference(value_json(before), value_json(url));
    if (difference.empty()) return {};
    THIG_TRY(keep_public_url(config_, actor_, url, clock_.now().wall));
    note(PlanStep::change, SetupKind::setting, std::string(name), std::move(difference));
    return {};
  }

  // Owners come first and removals last: there is an Owner at every moment.
  Status put_members() {
    if (!document_.members) return {};
    THIG_TRY_ASSIGN(there, config_.members());
    std::set<std::string_view> kept;
    for (const bool owners : {true, false}) {
      for (const MemberSetup& setup : *document_.members) {
        kept.insert(setup.member.name);
        if ((setup.member.role == Role::owner) != owners) continue;
        const auto found = std::ranges::find(there, setup.member.name, &Member::name);
        auto done = put(setup.member, found == there.end() ? nullptr : &*found);
        if (!done) return at(setup.place, std::move(done).error());
      }
    }
    for (const Member& member : there) {
      if (!prune_ || kept.contains(member.name)) continue;
      auto removed = members_.remove(member.name);
      if (!removed) return at("member " + printable(member.name), std::move(removed).error());
      note_removed(SetupKind::member, member.name, one_member("role", to_text(member.role)));
    }
    return {};
  }

  Status put(const Member& member, const Member* before) {
    if (before != nullptr && before->role == member.role) return {};
    THIG_TRY(before == nullptr ? members_.add(member.name, member.role)
                               : members_.set_role(member.name, member.role));
    note(before == nullptr ? PlanStep::create : PlanStep::change, SetupKind::member, member.name,
         {before == nullptr ? "" : one_member("role", to_text(before->role)),
          one_member("role", to_text(member.role))});
    return {};
  }

  // ------------------------------------------------------------------------------- event types
  Status put_event_types() {
    if (!document_.event_types) return {};
    THIG_TRY_ASSIGN(there, config_.own_event_types());
    bool changed = false;
    for (const EventType& type : *document_.event_types) {
      const auto found = std::ranges::find(there, type.name, &EventType::name);
      const std::string before = found == there.end() ? "" : event_type_json(*found);
      JsonDifference difference = json_difference(before, event_type_json(type));
      if (difference.empty()) continue;
      auto put = add_event_type(config_, actor_, type, clock_.now().wall);
      if (!put) return at("event type " + printable(type.name), std::move(put).error());
      note(before.empty() ? PlanStep::create : PlanStep::change, SetupKind::event_type, type.name,
           std::move(difference));
      changed = true;
    }
    return changed ? load_router() : Status();
  }

  Status prune_event_types() {
    if (!prune_ || !document_.event_types) return {};
    THIG_TRY_ASSIGN(there, config_.own_event_types());
    for (const EventType& type : there) {
      const auto& kept = *document_.event_types;
      if (std::ranges::find(kept, type.name, &EventType::name) != kept.end()) continue;
      THIG_TRY(remove_event_type(config_, actor_, type.name, clock_.now().wall));
      note_removed(SetupKind::event_type, type.name,
                   json_difference("", event_type_json(type)).after);
    }
    return {};
  }

  // ---------------------------------------------------------------------------------- webhooks
  Status prune_webhooks() {
    if (!prune_) return {};
    if (document_.outgoing) {
      const auto kept = names_of(*document_.outgoing);
      THIG_TRY_ASSIGN(there, config_.endpoints());
      for (const Endpoint& endpoint : there) {
        if (kept.contains(endpoint.name)) continue;
        THIG_TRY(outgoing_.remove(to_text(endpoint.id)));
        note_removed(SetupKind::outgoing, endpoint.name,
                     settings_difference(nullptr, &endpoint).after);
      }
    }
    if (document_.incoming) {
      const auto kept = names_of(*document_.incoming);
      THIG_TRY_ASSIGN(there, hooks_.hooks());
      for (const IncomingHook& hook : there) {
        if (kept.contains(hook.name)) continue;
        THIG_TRY(incoming_.remove(to_text(hook.id)));
        note_removed(SetupKind::incoming, hook.name, settings_difference(nullptr, &hook).after);
      }
    }
    return {};
  }

  Status apply(const OutgoingSetup& setup) {
    auto found = config_.find_endpoint(setup.settings.name);
    if (found) return change(*found, setup);
    if (found.error().code != ErrorCode::not_found) {
      return std::unexpected(std::move(found).error());
    }
    THIG_TRY_ASSIGN(added, outgoing_.add({.settings = setup.settings,
                                          .signature = setup.signature,
                                          .secret = setup.secret,
                                          .active = setup.active.value_or(true)}));
    note(PlanStep::create, SetupKind::outgoing, added.endpoint.name,
         settings_difference(nullptr, &added.endpoint), setup.secret ? "" : added.secret);
    return {};
  }

  Status change(const Endpoint& there, const OutgoingSetup& setup) {
    const std::string id = to_text(there.id);
    THIG_TRY_ASSIGN(edited, outgoing_.edit(id, [&setup](Endpoint& endpoint) -> Status {
      give_settings(setup, endpoint);
      return {};
    }));
    JsonDifference difference = std::move(edited.difference);
    if (setup.active && *setup.active != (there.state == EndpointState::enabled)) {
      THIG_TRY(*setup.active ? outgoing_.enable(id) : outgoing_.disable(id, ""));
      add_member(difference, "isActive", *setup.active ? "false" : "true",
                 *setup.active ? "true" : "false");
    }
    THIG_TRY(change_secret(there, setup, difference));
    if (difference.empty()) return {};
    note(PlanStep::change, SetupKind::outgoing, there.name, std::move(difference));
    return {};
  }

  static void give_settings(const OutgoingSetup& setup, Endpoint& endpoint) {
    Endpoint after = setup.settings;
    after.id = endpoint.id;
    after.signature = setup.signature.value_or(endpoint.signature);
    for (Header& header : after.headers) {
      if (!header.value.empty()) continue;
      const auto kept = std::ranges::find(endpoint.headers, header.name, &Header::name);
      if (kept != endpoint.headers.end()) header.value = kept->value;
    }
    after.state = endpoint.state;
    after.disabled_by = endpoint.disabled_by;
    after.state_reason = endpoint.state_reason;
    after.state_since = endpoint.state_since;
    after.created_at = endpoint.created_at;
    after.updated_at = endpoint.updated_at;
    endpoint = std::move(after);
  }

  Status change_secret(const Endpoint& there, const OutgoingSetup& setup,
                       JsonDifference& difference) {
    if (!setup.secret) return {};
    THIG_TRY_ASSIGN(live, config_.secrets(there.id, clock_.now().wall));
    if (!live.empty() && constant_time_equal(live.front().text, *setup.secret)) return {};
    THIG_TRY(outgoing_.rotate(to_text(there.id), {.secret = setup.secret}));
    add_member(difference, "secret", live.empty() ? "" : masked_secret(live.front().text),
               masked_secret(*setup.secret));
    return {};
  }

  Status apply(const IncomingSetup& setup) {
    auto found = hooks_.find(setup.settings.name);
    if (found) return change(*found, setup);
    if (found.error().code != ErrorCode::not_found) {
      return std::unexpected(std::move(found).error());
    }
    IncomingHook settings = setup.settings;
    settings.enabled = setup.active.value_or(true);
    THIG_TRY_ASSIGN(
        added, incoming_.add({.settings = settings, .secret = setup.secret, .token = setup.token}));
    note(PlanStep::create, SetupKind::incoming, added.hook.name,
         settings_difference(nullptr, &added.hook), setup.token ? "" : added.token);
    return {};
  }

  Status change(const IncomingHook& there, const IncomingSetup& setup) {
    const std::string id = to_text(there.id);
    std::optional<std::string> secret = setup.secret;
    if (secret) {
      THIG_TRY_ASSIGN(live, hooks_.secrets(there.id, clock_.now().wall));
      if (!live.empty() && constant_time_equal(live.front().text, *secret)) secret.reset();
    }
    THIG_TRY_ASSIGN(edited, incoming_.edit(
                                id,
                                [&setup](IncomingHook& hook) -> Status {
                                  IncomingHook after = setup.settings;
                                  after.id = hook.id;
                                  after.enabled = hook.enabled;
                                  after.created_at = hook.created_at;
                                  after.updated_at = hook.updated_at;
                                  if (setup.verify_token_left_out) {
                                    after.verify_token = hook.verify_token;
                                  }
                                  hook = std::move(after);
                                  return {};
                                },
                                secret));
    JsonDifference difference = std::move(edited.difference);
    THIG_TRY(change_token(there, setup, difference));
    if (setup.active && *setup.active != there.enabled) {
      THIG_TRY(incoming_.set_enabled(id, *setup.active));
      add_member(difference, "isActive", there.enabled ? "true" : "false",
                 *setup.active ? "true" : "false");
    }
    if (difference.empty()) return {};
    note(PlanStep::change, SetupKind::incoming, there.name, std::move(difference));
    return {};
  }

  // As a secret is changed: the URL there was goes on for a while.
  Status change_token(const IncomingHook& there, const IncomingSetup& setup,
                      JsonDifference& difference) {
    if (!setup.token) return {};
    THIG_TRY_ASSIGN(live, hooks_.tokens(there.id, clock_.now().wall));
    if (!live.empty() && constant_time_equal(live.front().text, *setup.token)) return {};
    THIG_TRY(incoming_.rotate(to_text(there.id), {.token = setup.token}));
    add_member(difference, "url", "(hidden)", "(hidden, changed)");
    return {};
  }

  ConfigStore& config_;
  IncomingConfigStore& hooks_;
  const Clock& clock_;
  const Member& actor_;
  const SetupDocument& document_;
  bool prune_;
  Router router_;
  Webhooks outgoing_;
  IncomingWebhooks incoming_;
  Members members_;
  std::vector<PlannedChange> plan_;
};

}  // namespace

std::string_view to_text(PlanStep step) {
  return enum_name(steps, step);
}

std::string_view to_text(SetupKind kind) {
  return enum_name(kinds, kind);
}

Result<std::vector<PlannedChange>> apply_setup(ConfigStore& config, IncomingConfigStore& incoming,
                                               const Clock& clock, Random& random,
                                               const Member& actor, const SetupDocument& document,
                                               const ApplyOptions& options) {
  THIG_TRY(check_access(actor, Action::configure));
  Applying applying(config, incoming, clock, random, actor, document, options.prune);
  bool done = false;
  auto applied = config.in_transaction([&]() -> Status {
    THIG_TRY(applying.run());
    done = true;
    // An error is what takes it all back.
    return options.dry_run ? fail(ErrorCode::interrupted, "a dry run") : Status();
  });
  if (!applied && !(done && options.dry_run)) return std::unexpected(std::move(applied).error());
  return applying.take_plan();
}

namespace {

Result<SetupContent> read_content(ConfigStore& config, IncomingConfigStore& hooks,
                                  bool with_secrets, Time now) {
  SetupContent content;
  content.with_secrets = with_secrets;
  THIG_TRY_ASSIGN(public_url, config.setting(public_url_setting));
  THIG_TRY_ASSIGN(members, config.members());
  content.public_url = std::move(public_url);
  content.members = std::move(members);
  THIG_TRY_ASSIGN(types, config.own_event_types());
  THIG_TRY_ASSIGN(outgoing, config.endpoints());
  THIG_TRY_ASSIGN(incoming, hooks.hooks());
  content.event_types = std::move(types);
  content.outgoing = std::move(outgoing);
  content.incoming = std::move(incoming);
  if (!with_secrets) return content;
  for (Endpoint& endpoint : content.outgoing) {
    THIG_TRY(config.open_headers(endpoint));
    THIG_TRY_ASSIGN(secrets, config.secrets(endpoint.id, now));
    content.outgoing_secrets.push_back(secrets.empty() ? "" : secrets.front().text);
  }
  for (IncomingHook& hook : content.incoming) {
    THIG_TRY(hooks.open_verify_token(hook));
    THIG_TRY_ASSIGN(secrets, hooks.secrets(hook.id, now));
    content.incoming_secrets.push_back(secrets.empty() ? "" : secrets.front().text);
    THIG_TRY_ASSIGN(tokens, hooks.tokens(hook.id, now));
    content.incoming_tokens.push_back(tokens.empty() ? "" : tokens.front().text);
  }
  return content;
}

}  // namespace

// It is read in several steps, so it counts only if nothing was changed meanwhile.
Result<SetupContent> read_setup(ConfigStore& config, IncomingConfigStore& hooks,
                                const Member& actor, bool with_secrets, Time now) {
  THIG_TRY(check_access(actor, with_secrets ? Action::reveal_secret : Action::read));
  if (with_secrets) {
    THIG_TRY(change_noted(config, actor, now,
                          {.action = "setup.reveal", .subject = "all webhooks", .difference = {}},
                          [] { return Status(); }));
  }
  for (int times = 0; times < most_readings; ++times) {
    THIG_TRY_ASSIGN(before, config.config_version());
    THIG_TRY_ASSIGN(content, read_content(config, hooks, with_secrets, now));
    THIG_TRY_ASSIGN(after, config.config_version());
    if (before == after) return content;
  }
  return fail(ErrorCode::busy, "the configuration changes faster than it can be read", "try again");
}

}  // namespace thig
