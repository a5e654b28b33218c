#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/terminal/confirm.h"
#include "cli/views/render.h"
#include "cli/views/secret_view.h"
#include "cli/views/webhook_view.h"
#include "core/api/api_key_view.h"
#include "core/api/setup_view.h"
#include "core/api/words.h"
#include "core/setup/api_keys.h"

#include <fmt/format.h>

namespace thig {
namespace {

Result<ApiKeys> keys_of(Context& context, Store& store) {
  THIG_TRY_ASSIGN(actor, context.actor(store));
  return ApiKeys(store, context.clock(), context.random(), std::move(actor));
}

Result<ApiKeys> open_keys(Context& context, StoreUse use) {
  THIG_TRY_ASSIGN(store, context.store(use));
  return keys_of(context, *store);
}

// Adds to `into` each scope that is given.
Flags::Item& declare_scopes(Flags& flags, Scopes& into, std::string help) {
  auto& scope =
      flags.parts("--scope", "SCOPE", std::move(help), [&into](const std::string& text) -> Status {
        const auto found = parse_scope(text);
        if (!found) return std::unexpected(not_a_choice(text, scope_names()));
        into.add(*found);
        return {};
      });
  scope.choices.assign(scope_names().begin(), scope_names().end());
  return scope;
}

class ListKeys final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "A key lets a program on another machine use the HTTP API (`thig-hooks serve-admin`) on "
        "behalf of a member. It may do what both its scopes and the member's current role allow. "
        "Owners see all keys, other members their own. A key is shown only once, when it is "
        "created.");
    flags.example("thig-hooks keys", "List keys and when they were last used");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(all, list(context));
    const Time now = context.now();
    if (context.json()) {
      context.out().line(api_keys_document(all, now));
      return ExitCode::done;
    }
    if (all.empty()) context.note("no keys yet; create one with: thig-hooks keys add NAME");
    if (all.empty()) return ExitCode::done;
    Table table({{.header = "NAME", .shrinks = true},
                 {.header = "KEY"},
                 {.header = "MEMBER"},
                 {.header = "SCOPES"},
                 {.header = "STATE"},
                 {.header = "EXPIRES"},
                 {.header = "LAST USED"},
                 {.header = "REQUESTS", .right = true}});
    for (const ApiKey& key : all) {
      table.row({{.text = key.name, .style = Style::bold},
                 {.text = key.prefix + "…"},
                 {.text = key.member},
                 {.text = join(key.scopes.names(), ",")},
                 {.text = std::string(state_of(key, now))},
                 time_cell(key.expires_at, now),
                 time_cell(key.last_used_at, now),
                 {.text = std::to_string(key.requests)}});
    }
    THIG_TRY(print_table(context, table));
    return ExitCode::done;
  }

 private:
  static Result<std::vector<ApiKey>> list(Context& context) {
    THIG_TRY_ASSIGN(store, context.store_if_any());
    if (!store) return std::vector<ApiKey>();
    THIG_TRY_ASSIGN(keys, keys_of(context, *store));
    return keys.list();
  }
};

class AddKey final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Prints the key once; only its hash is stored. Members create keys for themselves, Owners "
        "for any member. Everything done with the key is recorded in `thig-hooks audit`. To "
        "replace a key without interruption, add a second one, then remove the first.");
    flags.example("thig-hooks keys add shop --scope emit --secret-out shop.key",
                  "Let an application emit events");
    flags.example("thig-hooks keys add ci --scope read,manage --member ann --expires 90d",
                  "Let a pipeline manage webhooks as ann for 90 days");
    flags.positional("NAME", draft_.name, "Name of the key");
    declare_scopes(flags, draft_.scopes,
                   "What the key may do: emit events, read lists and history, manage webhooks and "
                   "deliveries, see secrets; comma-separated")
        .required = true;
    flags.text("--member", "MEMBER", draft_.member, "Member the key acts for (Owners only)")
        .fallback = "you";
    flags.duration("--expires", expires_, "How long the key is valid").fallback = "forever";
    flags.number("--rate", "N", draft_.rate, 1, most_requests_a_minute,
                 "Maximum requests per minute");
    output_.declare(flags, "--print-secret", "the key");
  }

  Result<ExitCode> run(Context& context) override {
    if (expires_) draft_.expires_at = context.now() + *expires_;
    THIG_TRY_ASSIGN(keys, open_keys(context, StoreUse::create));
    THIG_TRY(output_.prepare(context));
    THIG_TRY_ASSIGN(added, keys.add(draft_));
    const Time now = context.now();
    THIG_TRY(write_once(
        context,
        {.kind = "key",
         .secret = added.text,
         .name = added.key.name,
         .id = to_text(added.key.id),
         .write_webhook = [&](JsonWriter& json) { write_api_key(json, added.key, now); }},
        output_));
    context.note(fmt::format("added the key {} for {}: {}", added.key.name, added.key.member,
                             join(added.key.scopes.names(), ", ")));
    if (const SecretFile* file = output_.file()) {
      context.note(fmt::format("the key is in {}", file->file()));
    } else {
      context.note("store it now: it cannot be shown again");
    }
    return ExitCode::done;
  }

 private:
  ApiKeyDraft draft_;
  std::optional<Millis> expires_;
  SecretOutput output_;
};

class EditKey final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Changes the settings that are given, and leaves the others. `serve-admin` goes by them at "
        "the next request. Scopes that are given take the place of those there were. The key "
        "itself stays the same: to replace it, add a second one, then remove the first. What was "
        "changed is kept in `thig-hooks audit`.");
    flags.example("thig-hooks keys edit ci --rate 60 --expires 90d",
                  "Allow fewer requests, for three more months");
    flags.example("thig-hooks keys edit ci --scope read", "Take all scopes but one from a key");
    flags.positional("KEY", key_, "A key, by name or id");
    flags.text("--name", "NAME", name_, "New name");
    declare_scopes(flags, scopes_, "What the key may do from now on; comma-separated");
    flags.duration("--expires", expires_, "How long the key is valid, from now on");
    flags.toggle("--no-expiry", never_expires_, "It never expires");
    flags.number("--rate", "N", rate_, 1, most_requests_a_minute, "Maximum requests per minute");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_given());
    THIG_TRY_ASSIGN(keys, open_keys(context, StoreUse::write));
    const Time now = context.now();
    THIG_TRY_ASSIGN(edited, keys.edit(key_, [&](ApiKey& key) -> Status {
      change(key, now);
      return {};
    }));
    const ApiKey& key = edited.key;
    if (context.json()) {
      const ChangeResult result = changed_if(!edited.difference.empty());
      context.out().line(api_key_document(key, now, result));
    }
    if (edited.difference.empty()) {
      context.note(fmt::format("unchanged: the key {} already has these settings", key.name));
    } else {
      context.note(fmt::format("changed the key {} ({}): {}", key.name, to_text(key.id),
                               describe(edited.difference)));
    }
    return ExitCode::done;
  }

 private:
  Status check_given() const {
    if (expires_ && never_expires_) {
      return fail(ErrorCode::usage, "--expires and --no-expiry cannot be combined");
    }
    if (name_ || rate_ || expires_ || never_expires_ || !scopes_.empty()) return {};
    return fail(ErrorCode::usage, "nothing to change was given",
                "`thig-hooks keys edit --help` lists what can be");
  }

  void change(ApiKey& key, Time now) const {
    if (name_) key.name = *name_;
    if (!scopes_.empty()) key.scopes = scopes_;
    if (rate_) key.rate = *rate_;
    if (expires_) key.expires_at = now + *expires_;
    if (never_expires_) key.expires_at.reset();
  }

  std::string key_;
  std::optional<std::string> name_;
  Scopes scopes_;
  std::optional<int> rate_;
  std::optional<Millis> expires_;
  bool never_expires_ = false;
};

// What `keys enable` and `keys disable` have in common.
class SwitchKey final : public Command {
 public:
  explicit SwitchKey(bool enables) : enables_(enables) {}

  void declare(Flags& flags) override {
    if (enables_) {
      flags.about("The key works again, unless it has expired.");
      flags.example("thig-hooks keys enable ci", "Enable a key");
    } else {
      flags.about("Requests with the key are refused until `thig-hooks keys enable`.");
      flags.example("thig-hooks keys disable ci", "Disable a key that may have leaked");
    }
    flags.positional("KEY", name_, "Key name or id");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(keys, open_keys(context, StoreUse::write));
    THIG_TRY_ASSIGN(before, keys.find(name_));
    THIG_TRY_ASSIGN(key, keys.set_enabled(to_text(before.id), enables_));
    const bool changed = before.enabled != key.enabled;
    if (context.json()) {
      context.out().line(api_key_document(key, context.now(), changed_if(changed)));
    }
    const std::string_view state = enables_ ? "enabled" : "disabled";
    context.note(changed ? fmt::format("{} the key {}", state, key.name)
                         : fmt::format("unchanged: the key {} is already {}", key.name, state));
    return ExitCode::done;
  }

 private:
  bool enables_;
  std::string name_;
};

class RemoveKey final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about("Requests with the key are refused from now on. This cannot be undone.");
    flags.example("thig-hooks keys remove ci --yes", "Remove a key, from a script");
    flags.positional("KEY", name_, "Key name or id");
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(keys, open_keys(context, StoreUse::write));
    THIG_TRY_ASSIGN(found, keys.find(name_));
    if (!yes_) {
      THIG_TRY_ASSIGN(agreed,
                      confirm(context, fmt::format("Remove the key {} ({}…) of {}?", found.name,
                                                   found.prefix, found.member)));
      if (!agreed) {
        context.note("nothing was removed");
        return ExitCode::no;
      }
    }
    THIG_TRY_ASSIGN(removed, keys.remove(to_text(found.id)));
    if (context.json()) context.out().line(removed_document(removed.name, to_text(removed.id)));
    context.note(fmt::format("removed the key {} ({})", removed.name, to_text(removed.id)));
    return ExitCode::done;
  }

 private:
  std::string name_;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_keys() {
  return std::make_unique<ListKeys>();
}

std::unique_ptr<Command> make_keys_add() {
  return std::make_unique<AddKey>();
}

std::unique_ptr<Command> make_keys_disable() {
  return std::make_unique<SwitchKey>(false);
}

std::unique_ptr<Command> make_keys_edit() {
  return std::make_unique<EditKey>();
}

std::unique_ptr<Command> make_keys_enable() {
  return std::make_unique<SwitchKey>(true);
}

std::unique_ptr<Command> make_keys_remove() {
  return std::make_unique<RemoveKey>();
}

}  // namespace thig
