#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/files/input.h"
#include "cli/flags/outgoing_flags.h"
#include "cli/flags/proxy_flags.h"
#include "cli/terminal/progress.h"
#include "cli/views/probe_report.h"
#include "cli/views/webhook_view.h"
#include "core/api/command_wording.h"
#include "core/api/test_flow.h"
#include "core/api/test_series.h"
#include "core/api/test_view.h"
#include "core/model/event.h"
#include "core/rules/url_rules.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

class Test final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Sends one signed test event exactly as a delivery is sent, and reports each step: DNS, "
        "connection, TLS, the exact request, the response, and how to fix a failure. The test is "
        "recorded in the history, but it does not change statistics, is never retried and never "
        "disables a webhook. Exits 1 unless the response is 2xx.");
    flags.about(
        "With several webhooks, a pattern or --all it tests up to 16 at a time and prints one line "
        "each: name, status, outcome (ok, or the fault), time and detail; tab-separated when "
        "piped. It exits 1 if one of them failed.");
    flags.example("thig-hooks test crm", "Test a webhook's endpoint");
    flags.example("thig-hooks test --all", "Test every enabled webhook, one line each");
    flags.example("thig-hooks send-test crm --event project.created",
                  "Send the sample payload of an event type");
    flags.example("thig-hooks test --url https://crm.example.com/hooks --secret-file s --json",
                  "Test a URL before you add a webhook for it");
    flags.positionals("WEBHOOK", words_,
                      "Webhook names, ids or patterns; with several, --json prints a list");
    flags.toggle("--all", all_, "All enabled outgoing webhooks; --json prints a list");
    flags.text("--url", "URL", url_, "Any URL instead of a webhook; nothing is recorded");
    flags.text("--event", "TYPE", type_, "Event type to send");
    flags.text("--data", "JSON", data_,
               "Event data instead of the sample: JSON, @FILE, or - for standard input");
    flags.toggle("--dry-run", dry_run_, "Show the exact request; send and record nothing");
    secret_.declare(flags);
    settings_.declare_request(flags);
    settings_.declare_network(flags);
    proxy_.declare(flags);
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_call());
    THIG_TRY_ASSIGN(proxy, proxy_.read(context));  // before anything is recorded
    egress_ = std::move(proxy);
    TestSample sample{.type = type_};
    if (data_) {
      THIG_TRY_ASSIGN(read, read_data_argument(context, *data_, max_event_data));
      sample.data = std::move(read);
    }
    if (url_) return test_url(context, sample);
    return all_ || names_several(words_) ? test_several(context, sample)
                                         : test_webhook(context, sample);
  }

 private:
  Status check_call() const {
    if (words_.empty() && !url_ && !all_) {
      return fail(ErrorCode::usage, "WEBHOOK or --url is required",
                  "name a webhook, pass --url URL, or test all webhooks with --all");
    }
    if (!words_.empty() && (url_ || all_)) {
      return fail(ErrorCode::usage,
                  fmt::format("WEBHOOK and {} cannot be combined", url_ ? "--url" : "--all"));
    }
    if (url_ && all_) return fail(ErrorCode::usage, "--url and --all cannot be combined");
    const bool settings = secret_.file || secret_.value || settings_.any();
    if (!url_ && settings) {
      return fail(ErrorCode::usage, "a webhook is tested with its own settings and secret",
                  "flags for secrets, signatures and the network require --url");
    }
    return {};
  }

  Result<ExitCode> test_url(Context& context, const TestSample& sample) {
    THIG_TRY(parse_webhook_url(*url_));  // told before a secret is read
    UrlToTest asked{.url = *url_, .signature_chosen = settings_.signature().has_value()};
    THIG_TRY_ASSIGN(secret, read_secret(context, secret_));
    if (!secret)
      context.note("no secret given: signed with a random secret, so the receiver will reject it");
    asked.secret = std::move(secret);
    THIG_TRY(settings_.apply(asked.settings));
    THIG_TRY_ASSIGN(test,
                    prepare_url_test(std::move(asked), sample, context.now(), context.random()));
    return dry_run_ ? show_request(context, test) : send(context, nullptr, std::move(test));
  }

  Result<ExitCode> test_webhook(Context& context, const TestSample& sample) {
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    const Time now = context.now();
    if (dry_run_) {
      THIG_TRY_ASSIGN(
          test, preview_webhook_test(*store, actor, words_.front(), sample, now, context.random()));
      return show_request(context, test);
    }
    THIG_TRY_ASSIGN(test, begin_webhook_test(*store, actor, words_.front(), sample, now));
    return send(context, store, std::move(test));
  }

  Result<ExitCode> test_several(Context& context, const TestSample& sample) {
    THIG_TRY_ASSIGN(exists, context.database_exists());
    if (all_ && !exists) {
      THIG_TRY(context.store_if_any());  // says that there is none, or fails for one that is named
      if (context.json()) context.out().line("[]");
      return ExitCode::done;
    }
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(ids, all_ ? enabled_webhooks(*store) : webhooks_to_test(*store, words_));
    if (dry_run_) return show_requests(context, *store, actor, ids, sample);
    THIG_TRY_ASSIGN(sending, open_sending(egress_));
    const Stop::Listener listener(context.stop(), *sending.waker);
    Progress progress(context, true, "webhooks tested", ids.size());
    const SeriesParts parts{.store = *store,
                            .actor = actor,
                            .sample = sample,
                            .random = context.random(),
                            .sender = *sending.sender,
                            .waker = *sending.waker,
                            .clock = context.clock(),
                            .stop = context.stop().flag()};
    THIG_TRY_ASSIGN(reports,
                    test_webhooks(ids, parts, [&](std::size_t ended) { progress.update(ended); }));
    progress.end();
    if (context.json()) {
      std::vector<std::string> documents;
      for (const TestReport& report : reports) {
        documents.push_back(test_document(report, command_wording()));
      }
      print_documents(context, words_, documents);
    } else {
      THIG_TRY(print_test_table(context, reports));
    }
    return sum_up(context, reports);
  }

  static ExitCode sum_up(Context& context, const std::vector<TestReport>& reports) {
    const auto failed = std::ranges::count_if(reports, [](const auto& one) { return !one.ok(); });
    if (reports.empty()) {
      context.note("no enabled outgoing webhooks");
    } else if (failed == 0) {
      context.note(fmt::format("all {} ok", reports.size()));
    } else {
      const auto first = std::ranges::find_if(reports, [](const auto& one) { return !one.ok(); });
      context.note(fmt::format("{} of {} failed; each step and how to fix it: thig-hooks test {}",
                               failed, reports.size(), first->test.endpoint.name));
    }
    return failed == 0 ? ExitCode::done : ExitCode::no;
  }

  Result<ExitCode> show_requests(Context& context, Store& store, const Member& actor,
                                 const std::vector<EndpointId>& ids,
                                 const TestSample& sample) const {
    std::vector<std::string> documents;
    for (const EndpointId id : ids) {
      THIG_TRY_ASSIGN(test, preview_webhook_test(store, actor, to_text(id), sample, context.now(),
                                                 context.random()));
      if (context.json()) {
        documents.push_back(test_request_document(test));
      } else {
        print_test_request(context, test);
      }
    }
    print_documents(context, words_, documents);
    THIG_TRY(context.out().flush());
    context.note("dry run: nothing was sent or recorded");
    return ExitCode::done;
  }

  Result<ExitCode> send(Context& context, Store* store, PreparedTest test) const {
    THIG_TRY_ASSIGN(sending, open_sending(egress_));
    const Stop::Listener listener(context.stop(), *sending.waker);
    THIG_TRY_ASSIGN(report, send_test(std::move(test), store, *sending.sender, *sending.waker,
                                      context.clock(), context.stop().flag()));
    if (context.json()) {
      context.out().line(test_document(report, command_wording()));
    } else {
      print_test_report(context, report);
    }
    return report.ok() ? ExitCode::done : ExitCode::no;
  }

  static Result<ExitCode> show_request(Context& context, const PreparedTest& test) {
    if (context.json()) {
      context.out().line(test_request_document(test));
    } else {
      print_test_request(context, test);
    }
    THIG_TRY(context.out().flush());
    context.note("dry run: nothing was sent or recorded");
    return ExitCode::done;
  }

  std::vector<std::string> words_;
  bool all_ = false;
  std::optional<std::string> url_;
  std::string type_{test_event_type};
  std::optional<std::string> data_;
  bool dry_run_ = false;
  SecretFlags secret_;
  OutgoingFlags settings_;
  ProxyFlags proxy_;
  std::optional<EgressProxy> egress_;
};

}  // namespace

std::unique_ptr<Command> make_test() {
  return std::make_unique<Test>();
}

}  // namespace thig
