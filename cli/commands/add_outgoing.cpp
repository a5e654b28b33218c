#include "cli/commands/all.h"
#include "cli/input.h"
#include "cli/render.h"
#include "cli/webhook_view.h"
#include "core/engine/webhooks.h"
#include "core/rules/header_text.h"
#include "core/rules/retry_schedule.h"

#include <charconv>

#include <fmt/format.h>

namespace thig {
namespace {

Result<double> parse_rate(const std::string& text) {
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc() || end != text.data() + text.size() || !(rate > 0)) {
    return fail(ErrorCode::usage,
                fmt::format("\"{}\" is no rate: a number of attempts a second, above 0", text));
  }
  return rate;
}

class AddOutgoing final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Events of the asked types are sent there as signed HTTPS POST requests from now on. The "
        "signing secret is made here, printed once on standard output, and kept sealed.");
    flags.example("thig-hooks add outgoing crm https://crm.example.com/hooks --event 'project.*'",
                  "Send all project events");
    flags.example(
        "thig-hooks add outgoing bill https://b.example.com/ --event billing.payment_failed "
        "--print-secret > bill.secret",
        "Store the new secret in a file, and nothing else");
    flags.example(
        "thig-hooks add outgoing local https://127.0.0.1:8443/ --event '*' --allow-private "
        "--ca-file ca.pem",
        "Send everything to a receiver on this machine (see `thig-hooks listen`)");
    Endpoint& settings = draft_.settings;
    flags.positional("NAME", settings.name, "What the webhook is called here");
    flags.positional("URL", settings.url, "Where to send; HTTPS only");
    flags
        .list("--event", "PATTERN", settings.events,
              "What to send: a type such as project.created, all of a kind with project.*, or "
              "everything with '*'; several with commas")
        .required = true;
    flags.text("--description", "TEXT", settings.description, "A note for people");
    secret_.declare(flags);
    declare_signing(flags);
    declare_delivery(flags);
    declare_network(flags);
    flags.toggle("--inactive", inactive_, "Add it disabled; `thig-hooks enable` starts it");
    flags.toggle("--print-secret", print_secret_,
                 "Write the secret, and nothing else, to standard output");
  }

  Result<ExitCode> run(Context& context) override {
    if (print_secret_ && context.json()) {
      return fail(ErrorCode::usage, "--print-secret and --json exclude each other",
                  "the JSON document has the secret in it");
    }
    THIG_TRY(check_files());
    THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
    const bool given = secret.has_value();
    draft_.secret = std::move(secret);
    draft_.active = !inactive_;
    THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Webhooks webhooks(*store, context.clock(), context.random(), std::move(actor));
    THIG_TRY_ASSIGN(added, webhooks.add(draft_));
    context.ring();
    write(context, added);
    tell(context, added, given);
    return ExitCode::done;
  }

 private:
  void declare_signing(Flags& flags) {
    flags
        .custom("--signature", "MODE",
                "What webhook-signature holds: both kinds of signature, the one of Standard "
                "Webhooks alone, or the bare hex of the product's own recipe",
                [this](const std::string& text) -> Status {
                  draft_.signature = parse_signature_mode(text);
                  if (draft_.signature) return {};
                  const std::vector<std::string> modes = {"both", "standard", "thig"};
                  return std::unexpected(not_a_choice(text, modes));
                })
        .choices = {"both", "standard", "thig"};
    flags.text("--signature-header", "NAME", draft_.settings.signature_header,
               "An extra header with the bare hex, for older receivers");
  }

  void declare_delivery(Flags& flags) {
    Endpoint& settings = draft_.settings;
    settings.retry = default_retry_schedule();
    flags
        .custom("--header", "'NAME: VALUE'", "An extra header to send",
                [&settings](const std::string& text) -> Status {
                  THIG_TRY_ASSIGN(header, parse_header(text));
                  settings.headers.push_back(std::move(header));
                  return {};
                })
        .repeated = true;
    flags
        .custom("--retry", "SCHEDULE", "Waits between attempts, such as 1m,5m,30m, or none",
                [&settings](const std::string& text) -> Status {
                  THIG_TRY_ASSIGN(waits, parse_retry_schedule(text));
                  settings.retry = std::move(waits);
                  return {};
                })
        .fallback = format_retry_schedule(settings.retry);
    flags.duration("--timeout", settings.timeout,
                   "How long an attempt may take, to the end of the answer's headers");
    flags.number("--max-in-flight", "N", settings.max_in_flight, 1, 256,
                 "Attempts at the same time, at most");
    flags.custom("--rate", "N", "Attempts a second, at most; without it there is no limit",
                 [&settings](const std::string& text) -> Status {
                   THIG_TRY_ASSIGN(rate, parse_rate(text));
                   settings.rate = rate;
                   return {};
                 });
  }

  void declare_network(Flags& flags) {
    Endpoint& settings = draft_.settings;
    flags.toggle("--allow-private", settings.allow_private, "Allow private and loopback addresses");
    flags.text("--ca-file", "FILE", settings.ca_file,
               "Certificates (PEM) to trust for this endpoint, besides the system's");
    flags.text("--client-cert", "FILE", settings.client_cert,
               "The certificate (PEM) to show to the endpoint");
    flags.text("--client-key", "FILE", settings.client_key, "The key (PEM) of that certificate");
  }

  // Paths are kept absolute: `run` has another working directory.
  Status check_files() {
    Endpoint& settings = draft_.settings;
    struct File {
      std::string& path;
      std::string_view kind;
      std::string flag;
    };
    for (const File& file : {File{settings.ca_file, "CERTIFICATE", "--ca-file"},
                             File{settings.client_cert, "CERTIFICATE", "--client-cert"},
                             File{settings.client_key, "PRIVATE KEY", "--client-key"}}) {
      if (file.path.empty()) continue;
      THIG_TRY_ASSIGN(path, check_pem_file(file.path, file.kind, file.flag));
      file.path = std::move(path);
    }
    return {};
  }

  void write(Context& context, const AddedWebhook& added) const {
    const std::string id = to_text(added.endpoint.id);
    if (print_secret_) {
      context.out().line(added.secret);
    } else if (context.json()) {
      JsonWriter json;
      json.begin_object();
      write_webhook(json, added.endpoint);
      json.key("secret").text(added.secret).end_object();
      context.out().line(json.take());
    } else {
      Table table({{.header = "NAME"}, {.header = "ID"}, {.header = "SECRET"}});
      table.row({{.text = added.endpoint.name}, {.text = id}, {.text = added.secret}});
      // Whole, however narrow the terminal: a cut secret is of no use.
      context.out().write(context.for_eyes() ? table.for_terminal(0, context.out_colour())
                                             : table.tab_separated());
    }
  }

  static void tell(Context& context, const AddedWebhook& added, bool given) {
    context.note(fmt::format("added webhook {} ({}) for {} to {}", added.endpoint.name,
                             to_text(added.endpoint.id), join(added.endpoint.events, ", "),
                             added.endpoint.url));
    for (const std::string& note : added.notes) context.note("note: " + note);
    if (!given) {
      context.note(fmt::format(
          "store the secret now, where the receiver can read it; later only Owners and Admins see "
          "it: thig-hooks show {} --reveal-secret",
          to_text(added.endpoint.id)));
    }
  }

  WebhookDraft draft_;
  SecretFlags secret_;
  bool inactive_ = false;
  bool print_secret_ = false;
};

}  // namespace

std::unique_ptr<Command> make_add_outgoing() {
  return std::make_unique<AddOutgoing>();
}

}  // namespace thig
