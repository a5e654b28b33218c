#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/files/input.h"
#include "cli/flags/incoming_flags.h"
#include "cli/flags/outgoing_flags.h"
#include "cli/views/incoming_view.h"
#include "cli/views/webhook_view.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/setup/incoming_webhooks.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// The flags of one kind of webhook, and what is wrong with those that were given.
struct KindFlags {
  std::string_view kind;
  Flags flags;
  std::optional<Error> error{};

  const Flags::Item* find(const std::string& name) const {
    const auto found = std::ranges::find(flags.items(), name, &Flags::Item::name);
    return found == flags.items().end() ? nullptr : &*found;
  }
};

class Edit final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Changes the given settings and keeps the others. A list replaces the existing one, except "
        "for headers: --header adds or replaces one header, --remove-header removes one, "
        "--no-headers removes all. An empty value ('') clears a text, and --when '' "
        "removes all conditions. A running `run` or "
        "`serve-incoming` uses the new settings within a second; a new URL is tried at once, "
        "whatever happened with the old one. Changes are recorded in `thig-hooks audit`; settings "
        "that the webhook already has are no change, and that succeeds.");
    flags.example("thig-hooks edit crm --url https://new.example.com/hooks --timeout 5s",
                  "Change the URL and the timeout");
    flags.example("thig-hooks edit crm --add-event prd.approved --remove-event 'project.*'",
                  "Change which events are sent");
    flags.example("thig-hooks edit crm --when /data/status=FINAL --when '/data/plan!=trial'",
                  "Change which of these events are sent, by what is in them");
    flags.example("thig-hooks edit crm --header 'X-Team: sales' --remove-header X-Old",
                  "Set one extra header and remove another");
    flags.example("thig-hooks edit crm --name sales --description 'Since the merger'",
                  "Rename a webhook");
    flags.example("thig-hooks edit issues --when /action=closed --default name='(no title)'",
                  "Change what an incoming webhook processes");
    flags.example("thig-hooks edit issues --scheme github --secret-file gh.secret",
                  "Verify signatures from now on");
    flags.positional("WEBHOOK", webhook_, "Webhook name or id");
    flags.text("--name", "NAME", new_name_, "New name");
    flags.text("--url", "URL", url_, "Outgoing: new endpoint URL");
    outgoing_settings_.declare_events(outgoing_.flags);
    outgoing_settings_.declare_event_changes(outgoing_.flags);
    outgoing_settings_.declare_conditions(outgoing_.flags);
    outgoing_settings_.declare_request(outgoing_.flags);
    outgoing_settings_.declare_header_changes(outgoing_.flags);
    outgoing_settings_.declare_pace(outgoing_.flags);
    outgoing_settings_.declare_network(outgoing_.flags);
    outgoing_settings_.declare_network_changes(outgoing_.flags);
    outgoing_settings_.declare_description(outgoing_.flags);
    incoming_settings_.declare_action(incoming_.flags);
    incoming_settings_.declare_sender(incoming_.flags);
    secret_.declare(incoming_.flags);
    incoming_settings_.declare_description(incoming_.flags);
    for (const Flags::Item& item : outgoing_.flags.items()) declare_one(flags, item);
    for (const Flags::Item& item : incoming_.flags.items()) {
      if (!outgoing_.find(item.name)) declare_one(flags, item);
    }
  }

  Result<ExitCode> run(Context& context) override {
    if (given_.empty() && !new_name_ && !url_) {
      return fail(ErrorCode::usage, "no settings given",
                  "`thig-hooks edit --help` lists the settings");
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(found, find_any_webhook(store->config(), store->incoming(), webhook_));
    if (const auto* endpoint = std::get_if<Endpoint>(&found)) {
      return edit_outgoing(context, *store, std::move(actor), to_text(endpoint->id));
    }
    const IncomingHookId id = std::get<IncomingHook>(found).id;
    return edit_incoming(context, *store, std::move(actor), to_text(id));
  }

 private:
  // Which kind it is for is known when the webhook is: until then each kind that has the flag takes
  // it, and the errors of the other are of no account.
  void declare_one(Flags& flags, const Flags::Item& item) {
    const std::string name = item.name;
    const Flags::Item* outgoing = outgoing_.find(name);
    const Flags::Item* incoming = incoming_.find(name);
    std::string help;
    if (outgoing && incoming && outgoing->help == incoming->help) {
      help = item.help;
    } else {
      if (outgoing) help = "Outgoing: " + uncapitalised(outgoing->help);
      if (incoming) {
        help += fmt::format("{}{}: {}", help.empty() ? "" : "; ",
                            help.empty() ? "Incoming" : "incoming", uncapitalised(incoming->help));
      }
    }
    auto& merged = flags.custom(
        name, item.value, std::move(help),
        [=, this](const std::string& text) { return take(name, outgoing, incoming, text); });
    merged.repeated = item.repeated;
    merged.commas = item.commas;
    merged.choices = item.choices;
  }

  // "CA certificates" stays as it is.
  static std::string uncapitalised(std::string text) {
    const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
    if (text.size() > 1 && is_small(text[1])) text[0] = ascii_lower(text.substr(0, 1))[0];
    return text;
  }

  Status take(const std::string& name, const Flags::Item* outgoing, const Flags::Item* incoming,
              const std::string& text) {
    given_.push_back(name);
    std::optional<Error> error;
    bool taken = false;
    for (auto [kind, item] : {std::pair{&outgoing_, outgoing}, {&incoming_, incoming}}) {
      if (item == nullptr) continue;
      auto done = item->take(text);
      if (done) {
        taken = true;
        continue;
      }
      if (!error) error = done.error();
      done.error().text = fmt::format("{}: {}", name, done.error().text);
      if (!kind->error) kind->error = std::move(done).error();
    }
    if (taken || !error) return {};
    return std::unexpected(std::move(*error));
  }

  // Whether all that was given is for this kind.
  Status check_given(const KindFlags& kind, const KindFlags& other) const {
    for (const std::string& name : given_) {
      if (kind.find(name)) continue;
      Remark hint;
      if (name.starts_with("--secret")) {
        hint = "to change the secret of an outgoing webhook: thig-hooks rotate";
      }
      return fail(
          ErrorCode::usage,
          fmt::format("{} is for {} webhooks, and {} is {}", name, other.kind, webhook_, kind.kind),
          hint);
    }
    if (kind.error) return std::unexpected(*kind.error);
    return {};
  }

  Result<ExitCode> edit_outgoing(Context& context, Store& store, Member actor,
                                 const std::string& id) {
    THIG_TRY(check_given(outgoing_, incoming_));
    Webhooks webhooks(store.config(), context.clock(), context.random(), std::move(actor));
    const auto change = [this](Endpoint& endpoint) -> Status {
      if (new_name_) endpoint.name = *new_name_;
      if (url_) endpoint.url = *url_;
      return outgoing_settings_.apply(endpoint);
    };
    THIG_TRY_ASSIGN(edited, webhooks.edit(id, change));
    print_if_json(context, edited.endpoint, changed_if(!edited.difference.empty()));
    tell(context, edited.endpoint.name, id, edited.difference);
    return ExitCode::done;
  }

  Result<ExitCode> edit_incoming(Context& context, Store& store, Member actor,
                                 const std::string& id) {
    if (url_) {
      return fail(ErrorCode::usage,
                  fmt::format("--url is for outgoing webhooks, and {} is incoming", webhook_),
                  "for a new URL: thig-hooks rotate");
    }
    THIG_TRY(check_given(incoming_, outgoing_));
    std::optional<std::string> secret;
    // Of the environment's secret nobody says that it is for this.
    if (secret_.value || secret_.file) {
      THIG_TRY_ASSIGN(read, read_secret(context, secret_));
      secret = std::move(read);
    }
    IncomingWebhooks webhooks(store.config(), store.incoming(), context.clock(), context.random(),
                              std::move(actor));
    const auto change = [this](IncomingHook& hook) -> Status {
      if (new_name_) hook.name = *new_name_;
      return incoming_settings_.apply(hook);
    };
    THIG_TRY_ASSIGN(edited, webhooks.edit(id, change, secret));
    print_if_json(context, edited.hook, changed_if(!edited.difference.empty()));
    tell(context, edited.hook.name, id, edited.difference);
    if (json_find(edited.difference.after, "secret")) {
      context.note("only the new secret is accepted from now on");
    }
    return ExitCode::done;
  }

  static void tell(Context& context, const std::string& name, const std::string& id,
                   const JsonDifference& difference) {
    context.note(difference.empty()
                     ? fmt::format("unchanged: {} ({}) already has these settings", name, id)
                     : fmt::format("changed {} ({}): {}", name, id, describe(difference)));
  }

  std::string webhook_;
  std::optional<std::string> new_name_;
  std::optional<std::string> url_;
  OutgoingFlags outgoing_settings_;
  IncomingFlags incoming_settings_;
  SecretFlags secret_;
  KindFlags outgoing_{.kind = "outgoing", .flags = {}};
  KindFlags incoming_{.kind = "incoming", .flags = {}};
  std::vector<std::string> given_;
};

}  // namespace

std::unique_ptr<Command> make_edit() {
  return std::make_unique<Edit>();
}

}  // namespace thig
