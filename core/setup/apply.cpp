#include "core/setup/apply.h"

#include "core/base/codec.h"
#include "core/base/enum_names.h"
#include "core/documents/settings_json.h"
#include "core/rules/access.h"
#include "core/setup/audit.h"
#include "core/setup/event_types.h"
#include "core/setup/incoming_webhooks.h"
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
    {SetupKind::event_type, "event type"},
    {SetupKind::outgoing, "outgoing"},
    {SetupKind::incoming, "incoming"},
};

std::unexpected<Error> at(const std::string& place, Error error) {
  error.text = fmt::format("{}: {}", place, error.text);
  return std::unexpected(std::move(error));
}

template <class Setups>
std::set<std::string> names_of(const Setups& setups) {
  std::set<std::string> names;
  for (const auto& setup : setups) names.insert(setup.settings.name);
  return names;
}

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
        incoming_(config, hooks, clock, random, actor, &router_) {}

  // Names are made free before they are taken; types are there before they are asked for.
  Status run() {
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
      note(PlanStep::remove, SetupKind::event_type, type.name, {});
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
        note(PlanStep::remove, SetupKind::outgoing, endpoint.name, {});
      }
    }
    if (document_.incoming) {
      const auto kept = names_of(*document_.incoming);
      THIG_TRY_ASSIGN(there, hooks_.hooks());
      for (const IncomingHook& hook : there) {
        if (kept.contains(hook.name)) continue;
        THIG_TRY(incoming_.remove(to_text(hook.id)));
        note(PlanStep::remove, SetupKind::incoming, hook.name, {});
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
      add(difference, "isActive", *setup.active ? "false" : "true",
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
    add(difference, "secret", live.empty() ? "" : masked_secret(live.front().text),
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
    THIG_TRY_ASSIGN(added, incoming_.add({.settings = settings, .secret = setup.secret}));
    note(PlanStep::create, SetupKind::incoming, added.hook.name,
         settings_difference(nullptr, &added.hook), added.token);
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
    if (secret) add(difference, "secret", "another one", masked_secret(*secret));
    if (setup.active && *setup.active != there.enabled) {
      THIG_TRY(incoming_.set_enabled(id, *setup.active));
      add(difference, "isActive", there.enabled ? "true" : "false",
          *setup.active ? "true" : "false");
    }
    if (difference.empty()) return {};
    note(PlanStep::change, SetupKind::incoming, there.name, std::move(difference));
    return {};
  }

  static void add(JsonDifference& difference, std::string_view name, std::string_view before,
                  std::string_view after) {
    for (auto [side, value] : {std::pair{&difference.before, before}, {&difference.after, after}}) {
      JsonWriter json;
      json.begin_object();
      for (const JsonMember& member : json_members(*side)) json.key(member.name).raw(member.value);
      *side = json.key(name).text(value).end_object().take();
    }
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

Result<SetupContent> read_setup(ConfigStore& config, IncomingConfigStore& hooks,
                                const Member& actor, bool with_secrets, Time now) {
  THIG_TRY(check_access(actor, with_secrets ? Action::reveal_secret : Action::read));
  SetupContent content;
  content.with_secrets = with_secrets;
  THIG_TRY_ASSIGN(types, config.own_event_types());
  THIG_TRY_ASSIGN(outgoing, config.endpoints());
  THIG_TRY_ASSIGN(incoming, hooks.hooks());
  content.event_types = std::move(types);
  content.outgoing = std::move(outgoing);
  content.incoming = std::move(incoming);
  if (!with_secrets) return content;
  THIG_TRY(change_noted(config, actor, now,
                        {.action = "setup.reveal", .subject = "all webhooks", .difference = {}},
                        [] { return Status(); }));
  for (Endpoint& endpoint : content.outgoing) {
    THIG_TRY(config.open_headers(endpoint));
    THIG_TRY_ASSIGN(secrets, config.secrets(endpoint.id, now));
    content.outgoing_secrets.push_back(secrets.empty() ? "" : secrets.front().text);
  }
  for (IncomingHook& hook : content.incoming) {
    THIG_TRY(hooks.open_verify_token(hook));
    THIG_TRY_ASSIGN(secrets, hooks.secrets(hook.id, now));
    content.incoming_secrets.push_back(secrets.empty() ? "" : secrets.front().text);
  }
  return content;
}

}  // namespace thig
