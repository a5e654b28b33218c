#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/files/input.h"
#include "cli/flags/outgoing_flags.h"
#include "cli/views/probe_report.h"
#include "core/dispatch/emitter.h"
#include "core/dispatch/request.h"
#include "core/probe/diagnosis.h"
#include "core/probe/prober.h"
#include "core/rules/endpoint_rules.h"
#include "core/rules/settle.h"
#include "core/rules/url_rules.h"
#include "core/setup/webhooks.h"

#include <array>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int id_bits = 40;

class Test final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Sends one signed sample through the same sender, and the same checks, as a delivery, and "
        "tells what happened on the way: addresses, connection, TLS, the exact request, the "
        "answer, and what to do about a failure. It is kept in the history as a test, counts in no "
        "figure, is never made again and never disables. Exit code 1 for anything but 2xx.");
    flags.example("thig-hooks test crm", "Check a webhook's endpoint");
    flags.example("thig-hooks send-test crm --event project.created",
                  "Send the sample of an event type");
    flags.example("thig-hooks test --url https://crm.example.com/hooks --secret-file s --json",
                  "Check a URL before it becomes a webhook");
    flags.positional("WEBHOOK", webhook_, "A webhook, by name or id");
    flags.text("--url", "URL", url_, "Any URL instead; nothing is recorded");
    flags.text("--event", "TYPE", type_, "The event type that is sent");
    flags.text("--data", "JSON", data_,
               "The event's data instead of the type's sample: JSON, @FILE, or - for standard "
               "input");
    flags.toggle("--dry-run", dry_run_, "Show the exact request; send and record nothing");
    secret_.declare(flags);
    settings_.declare_request(flags);
    settings_.declare_network(flags);
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_call());
    std::optional<std::string> data;
    if (data_) {
      THIG_TRY_ASSIGN(read, read_data_argument(context, *data_, max_event_data));
      data = std::move(read);
    }
    return url_ ? test_url(context, data) : test_webhook(context, data);
  }

 private:
  Status check_call() const {
    if (!webhook_ && !url_) {
      return fail(ErrorCode::usage, "there is nothing to test",
                  "name a webhook, or give --url URL");
    }
    if (webhook_ && url_) {
      return fail(ErrorCode::usage, "WEBHOOK and --url exclude each other");
    }
    const bool settings = secret_.file || secret_.value || settings_.any();
    if (webhook_ && settings) {
      return fail(ErrorCode::usage, "a webhook is tested with its own settings and secret",
                  "flags for secrets, signatures and the network go with --url only");
    }
    return {};
  }

  Result<ExitCode> test_url(Context& context, const std::optional<std::string>& data) {
    THIG_TRY_ASSIGN(url, parse_webhook_url(*url_));
    THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
    if (!secret) {
      std::array<std::byte, 32> bytes{};
      context.random().fill(bytes);
      secret = make_secret({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      context.note("no secret is given, so it is signed with one that nobody knows");
    }
    Endpoint endpoint;
    THIG_TRY(settings_.apply(endpoint));
    endpoint.id = EndpointId{context.random().bits(id_bits)};
    endpoint.url = url.text;
    endpoint.events = {"*"};
    if (!settings_.signature() && !is_standard_secret(*secret)) {
      endpoint.signature = SignatureMode::thig;
    }
    THIG_TRY(check_secret(*secret, endpoint.signature));
    endpoint.name = "test";  // every webhook has one
    THIG_TRY(check_endpoint(endpoint));
    endpoint.name.clear();
    THIG_TRY(check_tls_files(tls_files(endpoint)));
    THIG_TRY_ASSIGN(sample, test_data(nullptr, endpoint, type_, data));
    const SigningKey key = signing_key(*secret);
    const Time now = context.now();
    const Probe probe = make_probe(endpoint, {&key, 1},
                                   unrecorded_event(type_, sample, now, context.random()), now);
    if (dry_run_) return show_request(context, endpoint, probe);
    THIG_TRY_ASSIGN(finished, send(context, probe));
    return report(context, endpoint, probe, finished, Recorded::no);
  }

  Result<ExitCode> test_webhook(Context& context, const std::optional<std::string>& data) {
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    const Time now = context.now();
    THIG_TRY_ASSIGN(tested, webhook_to_test(store->config(), actor, *webhook_, now));
    const auto& [endpoint, keys] = tested;
    THIG_TRY_ASSIGN(sample, test_data(&store->config(), endpoint, type_, data));
    if (dry_run_) {
      auto event = unrecorded_event(type_, sample, now, context.random());
      return show_request(context, endpoint, make_probe(endpoint, keys, std::move(event), now));
    }
    THIG_TRY_ASSIGN(event, store->test_deliveries().begin_test(endpoint.id, type_, sample, now));
    const Probe probe = make_probe(endpoint, keys, std::move(event), now);
    THIG_TRY_ASSIGN(finished, send(context, probe));
    const Tried tried{.attempts_made = 0,
                      .started_at = now,
                      .duration = finished.timing.total_millis(),
                      .outcome = finished.outcome};
    THIG_TRY(store->test_deliveries().finish_test(probe.id, attempt_of(tried), context.now()));
    return report(context, endpoint, probe, finished, Recorded::yes);
  }

  static Result<Finished> send(Context& context, const Probe& probe) {
    THIG_TRY_ASSIGN(sending, open_sending());
    const Stop::Listener listener(context.stop(), *sending.waker);
    return send_probe(probe, *sending.sender, *sending.waker, context.stop().flag());
  }

  static Result<ExitCode> show_request(Context& context, const Endpoint& endpoint,
                                       const Probe& probe) {
    write_probe_request(context, endpoint, probe);
    THIG_TRY(context.out().flush());
    context.note("dry run: nothing was sent or recorded");
    return ExitCode::done;
  }

  static Result<ExitCode> report(Context& context, const Endpoint& endpoint, const Probe& probe,
                                 const Finished& finished, Recorded recorded) {
    if (std::holds_alternative<Interrupted>(finished.outcome)) {
      return fail(ErrorCode::interrupted, "interrupted before there was an answer");
    }
    write_probe_report(context, endpoint, probe, finished, recorded);
    return is_success(finished.outcome) ? ExitCode::done : ExitCode::no;
  }

  std::optional<std::string> webhook_;
  std::optional<std::string> url_;
  std::string type_{test_event_type};
  std::optional<std::string> data_;
  bool dry_run_ = false;
  SecretFlags secret_;
  OutgoingFlags settings_;
};

}  // namespace

std::unique_ptr<Command> make_test() {
  return std::make_unique<Test>();
}

}  // namespace thig
