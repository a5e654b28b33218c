#include "cli/app/command.h"
#include "cli/commands/send/send.h"
#include "cli/flags/time_range.h"
#include "cli/terminal/confirm.h"
#include "cli/terminal/progress.h"
#include "cli/views/recovery_view.h"
#include "core/api/recovery_view.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Cancel final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Removes pending deliveries from the queue and records them as cancelled; `thig-hooks "
        "retry` can still resend them. An attempt in progress may still arrive. If you name "
        "deliveries and one of them is not pending, none is cancelled.");
    flags.example("thig-hooks cancel dlv_0nvpz4gk204001x2y3z4w", "Cancel one delivery");
    flags.example("thig-hooks cancel --webhook crm --until 7d --dry-run",
                  "Count pending deliveries older than a week");
    flags.example("thig-hooks cancel --webhook crm --yes",
                  "Empty a webhook's queue, from a script");
    flags.positionals(
        "DLV", words_,
        "Delivery ids, at most 1,000; - reads them from standard input, one per line");
    flags.text("--webhook", "WEBHOOK", webhook_, "All pending deliveries of a webhook");
    range_.declare(flags, "Only deliveries of events emitted");
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
    flags.toggle("--dry-run", dry_run_, "Count what would be cancelled; change nothing");
  }

  Result<ExitCode> run(Context& context) override {
    if (webhook_ && !words_.empty()) {
      return fail(ErrorCode::usage, "DLV and --webhook cannot be combined");
    }
    if (webhook_) return cancel_of_webhook(context);
    if (words_.empty()) {
      return fail(ErrorCode::usage, "DLV is required", "or name a webhook with --webhook");
    }
    if (range_.since_text || range_.until_text || dry_run_) {
      return fail(ErrorCode::usage, "--since, --until and --dry-run require --webhook");
    }
    return cancel_named(context);
  }

 private:
  Result<ExitCode> cancel_named(Context& context) {
    THIG_TRY_ASSIGN(ids, read_delivery_ids(context, words_));
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Recovery recovery(store->recovery(), store->queue(), context.clock(), std::move(actor));
    THIG_TRY_ASSIGN(cancelled, recovery.cancel(ids));
    if (context.json()) context.out().line(cancelled_document(cancelled));
    note_cancelled(context, static_cast<std::int64_t>(cancelled.count));
    if (cancelled.ended_meanwhile > 0) {
      context.note(fmt::format("{} while the others were being cancelled",
                               count_of(static_cast<std::int64_t>(cancelled.ended_meanwhile),
                                        "delivery ended", "deliveries ended")));
    }
    return ExitCode::done;
  }

  Result<ExitCode> cancel_of_webhook(Context& context) {
    RecoveryQuery query;
    THIG_TRY(range_.read_into(query, context));
    THIG_TRY_ASSIGN(choice, read_query(query, context.now(), command_wording()));
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(shares, choose_shares(*store, webhook_, choice));
    RecoveryShare& share = shares.front();
    Recovery recovery(store->recovery(), store->queue(), context.clock(), std::move(actor));
    THIG_TRY(count(context, recovery, share));
    const std::int64_t total = total_of(share.counts);
    if (dry_run_) {
      THIG_TRY(write_dry_run(context, share));
      return ExitCode::done;
    }
    if (total > 0 && !yes_) {
      THIG_TRY_ASSIGN(agreed, confirm(context, fmt::format("Cancel {} of {}?", pending_text(total),
                                                           share.endpoint.name)));
      if (!agreed) {
        context.note("nothing was cancelled");
        return ExitCode::no;
      }
    }
    THIG_TRY(cancel_all(context, recovery, share));
    if (context.json()) context.out().line(cancelled_document(share));
    note_cancelled(context, share.done.count);
    return ExitCode::done;
  }

  static Status count(Context& context, Recovery& recovery, RecoveryShare& share) {
    Progress progress(context, true, "pending deliveries counted", 0);
    return count_pending(recovery, share, [&](std::int64_t done) {
      progress.update(static_cast<std::uint64_t>(done));
      return !context.stop().requested();
    });
  }

  static Status cancel_all(Context& context, Recovery& recovery, RecoveryShare& share) {
    Progress progress(context, true, "deliveries cancelled",
                      static_cast<std::uint64_t>(total_of(share.counts)));
    return cancel_pending(recovery, share, [&](std::int64_t count) {
      progress.update(static_cast<std::uint64_t>(count));
      return !context.stop().requested();
    });
  }

  static std::string pending_text(std::int64_t count) {
    return count_of(count, "pending delivery", "pending deliveries");
  }

  static Status write_dry_run(Context& context, const RecoveryShare& share) {
    if (context.json()) {
      context.out().line(cancel_preview_document(share));
    } else {
      Table table = count_table();
      add_counts(table, share.endpoint.name, share.counts);
      if (!table.empty()) THIG_TRY(print_table(context, table));
    }
    context.note(fmt::format("dry run: {} of {} would be cancelled; nothing was changed",
                             pending_text(total_of(share.counts)), share.endpoint.name));
    return {};
  }

  static void note_cancelled(Context& context, std::int64_t cancelled) {
    context.note(cancelled == 0 ? std::string("no pending deliveries")
                                : count_of(cancelled, "delivery", "deliveries") + " cancelled");
    if (cancelled > 0) note_under_way(context);
  }

  std::vector<std::string> words_;
  std::optional<std::string> webhook_;
  TimeRangeFlags range_;
  bool yes_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_cancel() {
  return std::make_unique<Cancel>();
}

}  // namespace thig
