#include "cli/app/command.h"
#include "cli/commands/send/send.h"
#include "cli/views/delivery_view.h"
#include "cli/views/recovery_view.h"
#include "core/api/recovery_view.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Retry final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Resends deliveries now, with the same webhook-id and the same bytes. A delivery that had "
        "ended gets a new retry schedule, and its attempts continue their numbering. A pending "
        "delivery is attempted now instead of later; where its webhook is paused or disabled, once "
        "it "
        "is enabled again. If one id does not exist, none is retried.");
    flags.about(
        "To resend everything that failed while a receiver was down, use `thig-hooks recover`.");
    flags.example("thig-hooks retry dlv_0nvpz4gk204001x2y3z4w", "Resend one delivery");
    flags.example("thig-hooks retry --event evt_0nvpz4gk20400",
                  "Resend an event to every webhook that it was for");
    flags.example("thig-hooks retry --event evt_0nvpz4gk20400 --webhook crm",
                  "Send an event to a webhook that was added later");
    flags.positionals("DLV", words_,
                      "Delivery ids, at most 1,000; - reads them from standard input, one per "
                      "line");
    flags.text("--event", "EVT", event_, "All deliveries of this event, instead of ids");
    flags.text("--webhook", "WEBHOOK", webhook_,
               "With --event: only this webhook, which need not have had the event before");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_call());
    THIG_TRY_ASSIGN(ids, read_delivery_ids(context, words_));
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Recovery recovery(store->recovery(), store->queue(), context.clock(), std::move(actor));
    if (event_) {
      THIG_TRY_ASSIGN(found, deliveries_of_event(*store, recovery, *event_, webhook_));
      ids = std::move(found);
    }
    THIG_TRY_ASSIGN(report, retry_deliveries(*store, recovery, ids));
    if (context.json()) {
      context.out().line(retried_document(report));
    } else {
      write_table(context, report);
    }
    THIG_TRY(tell(context, *store, report));
    return ExitCode::done;
  }

 private:
  Status check_call() const {
    if (event_ && !words_.empty()) {
      return fail(ErrorCode::usage, "DLV and --event cannot be combined");
    }
    if (webhook_ && !event_) {
      return fail(ErrorCode::usage, "--webhook goes with --event only",
                  "for all that a webhook did not get: thig-hooks recover WEBHOOK --since 2h");
    }
    if (event_ || !words_.empty()) return {};
    return fail(ErrorCode::usage, "DLV is missing", "or name an event with --event");
  }

  static void write_table(Context& context, const RetryReport& report) {
    if (report.retried.empty()) return;
    Table table({{.header = "ID"}, {.header = "WEBHOOK", .shrinks = true}, {.header = "WAS"}});
    for (const Retried& one : report.retried) {
      table.row({{.text = to_text(one.id)},
                 {.text = report.names.name(one.id.endpoint)},
                 {.text = std::string(to_text(one.was)), .style = style_of(one.was)}});
    }
    print_outcome(context, table);
  }

  static Status tell(Context& context, Store& store, const RetryReport& report) {
    const std::int64_t changed = report.changed();
    const auto idle = static_cast<std::int64_t>(report.retried.size()) - changed;
    if (changed > 0 || report.retried.empty()) {
      context.note(fmt::format("{} due now", count_of(changed, "delivery is", "deliveries are")));
    }
    if (idle > 0) {
      context.note(
          fmt::format("{} already due", count_of(idle, "delivery was", "deliveries were")));
    }
    return report.retried.empty() ? Status() : note_waiting(context, store, report.webhooks());
  }

  std::vector<std::string> words_;
  std::optional<std::string> event_;
  std::optional<std::string> webhook_;
};

}  // namespace

std::unique_ptr<Command> make_retry() {
  return std::make_unique<Retry>();
}

}  // namespace thig
