#include "cli/app/command.h"
#include "cli/commands/send/send.h"
#include "cli/flags/outgoing_flags.h"
#include "cli/flags/time_range.h"
#include "cli/terminal/confirm.h"
#include "cli/terminal/progress.h"
#include "cli/views/recovery_view.h"
#include "core/api/recovery_view.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Recover final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Resends dead deliveries (retries exhausted, also called dead letters) and missed ones "
        "(the webhook was disabled): oldest first, with the same webhook-id and the same bytes, "
        "and with a new retry schedule each.");
    flags.about(
        "To protect a receiver that has just come back, the backfill starts at 10 deliveries per "
        "second and doubles the rate every 10 seconds; --rate sets a maximum. You can interrupt "
        "it: queued deliveries remain queued, and the same command continues with the rest.");
    flags.example("thig-hooks recover crm --since 2h --dry-run", "Count what can be recovered");
    flags.example("thig-hooks recover crm --since 2h", "Resend after confirmation");
    flags.example("thig-hooks recover crm --since 2026-01-15T10:00:00Z --rate 5 --yes",
                  "Resend at 5 per second, from a script");
    flags.example("thig-hooks recover crm --since 7d --backfill",
                  "Send a new webhook the events of the last week");
    flags.positional("WEBHOOK", name_, "Webhook name or id");
    flags.toggle("--all", all_, "All outgoing webhooks");
    range_.declare(flags, "Events emitted").required = true;
    flags.list("--state", "STATE", states_, "Only deliveries that ended in these states")
        .choices = {recoverable_states().begin(), recoverable_states().end()};
    flags.custom("--rate", "N",
                 "Maximum deliveries per second (default: starts at 10 and doubles every 10 s)",
                 [this](const std::string& text) -> Status {
                   THIG_TRY_ASSIGN(rate, parse_rate(text));
                   if (rate == 0) return fail(ErrorCode::usage, "must be greater than 0");
                   rate_ = rate;
                   return {};
                 });
    flags.toggle("--backfill", backfill_,
                 "Also events that the webhook subscribes to but has no delivery of, such as those "
                 "emitted before it was added; they must meet its conditions");
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
    flags.toggle("--dry-run", dry_run_, "Count what would be resent; change nothing");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_flags());
    RecoveryQuery query{.webhook = name_, .states = states_, .backfill = backfill_};
    THIG_TRY(range_.read_into(query, context));
    THIG_TRY_ASSIGN(choice, read_query(query, context.now(), command_wording()));
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Recovery recovery(store->recovery(), store->queue(), context.clock(), std::move(actor));
    THIG_TRY_ASSIGN(shares, choose_shares(*store, query.webhook, choice));
    THIG_TRY(count(context, recovery, shares));
    if (backfill_) THIG_TRY(count_backfill(context, *store, recovery, shares.front()));
    if (dry_run_) {
      THIG_TRY(write_dry_run(context, shares));
      return ExitCode::done;
    }
    if (total_of(shares) > 0 && !yes_) {
      THIG_TRY_ASSIGN(agreed, confirm(context, question(shares)));
      if (!agreed) {
        context.note("nothing was resent");
        return ExitCode::no;
      }
    }
    if (backfill_) THIG_TRY(record_backfill(context, *store, recovery, shares.front()));
    THIG_TRY(queue_again(context, recovery, shares));
    THIG_TRY(write_result(context, *store, shares));
    return ExitCode::done;
  }

 private:
  Status check_flags() const {
    if (name_ && all_) return fail(ErrorCode::usage, "WEBHOOK and --all cannot be combined");
    if (!name_ && !all_) {
      return fail(ErrorCode::usage, "WEBHOOK is required", "or recover all webhooks with --all");
    }
    if (backfill_ && all_) {
      return fail(ErrorCode::usage, "--backfill is for one webhook: it excludes --all");
    }
    return {};
  }

  static Status count(Context& context, Recovery& recovery, std::span<RecoveryShare> shares) {
    Progress progress(context, true, "deliveries counted", 0);
    return count_ended(recovery, shares, [&](std::int64_t done) {
      progress.update(static_cast<std::uint64_t>(done));
      return !context.stop().requested();
    });
  }

  static Status count_backfill(Context& context, Store& store, Recovery& recovery,
                               RecoveryShare& share) {
    Progress progress(context, true, "unsent events counted", 0);
    return count_unsent(store, recovery, share, [&](std::int64_t done) {
      progress.update(static_cast<std::uint64_t>(done));
      return !context.stop().requested();
    });
  }

  static Status record_backfill(Context& context, Store& store, Recovery& recovery,
                                const RecoveryShare& share) {
    Progress progress(context, true, "unsent events recorded", 0);
    return record_unsent(store, recovery, share, [&](std::int64_t done) {
      progress.update(static_cast<std::uint64_t>(done));
      return !context.stop().requested();
    });
  }

  Status queue_again(Context& context, Recovery& recovery, std::span<RecoveryShare> shares) const {
    Progress progress(context, true, "deliveries queued",
                      static_cast<std::uint64_t>(total_of(shares)));
    return recover(recovery, shares, rate_, [&](std::int64_t count) {
      progress.update(static_cast<std::uint64_t>(count));
      return !context.stop().requested();
    });
  }

  static std::string question(const std::vector<RecoveryShare>& shares) {
    std::vector<DeliveryCount> all;
    for (const RecoveryShare& share : shares) {
      all.insert(all.end(), share.counts.begin(), share.counts.end());
    }
    const std::string whose =
        shares.size() == 1
            ? shares.front().endpoint.name
            : count_of(static_cast<std::int64_t>(shares.size()), "webhook", "webhooks");
    return fmt::format("Resend {} of {}?", describe(all), whose);
  }

  Status write_dry_run(Context& context, const std::vector<RecoveryShare>& shares) const {
    if (context.json()) {
      context.out().line(recovery_preview_document(shares, rate_));
    } else {
      Table table = count_table();
      for (const RecoveryShare& share : shares)
        add_counts(table, share.endpoint.name, share.counts);
      if (!table.empty()) THIG_TRY(print_table(context, table));
    }
    const std::int64_t total = total_of(shares);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(time_to_recover(shares, rate_));
    context.note(total == 0
                     ? std::string("dry run: nothing to recover")
                     : fmt::format("dry run: {} would be resent, within {}; nothing was changed",
                                   count_of(total, "delivery", "deliveries"),
                                   format_duration(seconds)));
    return {};
  }

  static Status write_result(Context& context, Store& store,
                             const std::vector<RecoveryShare>& shares) {
    const std::int64_t queued = done_of(shares);
    std::vector<const EndpointSummary*> webhooks;
    for (const RecoveryShare& share : shares) {
      if (share.done.count > 0) webhooks.push_back(&share.endpoint);
    }
    if (context.json()) {
      context.out().line(recovery_document(shares));
    } else {
      write_table(context, shares);
    }
    if (queued == 0) {
      context.note("nothing to recover");
      return {};
    }
    context.note(count_of(queued, "delivery", "deliveries") + " queued");
    return note_waiting(context, store, webhooks);
  }

  static void write_table(Context& context, const std::vector<RecoveryShare>& shares) {
    Table table({{.header = "WEBHOOK", .shrinks = true},
                 {.header = "QUEUED", .right = true},
                 {.header = "LAST DUE"}});
    for (const RecoveryShare& share : shares) {
      if (share.done.count == 0) continue;
      table.row({{.text = share.endpoint.name},
                 {.text = std::to_string(share.done.count)},
                 time_cell(share.done.last_due, context.now())});
    }
    if (!table.empty()) print_outcome(context, table);
  }

  std::optional<std::string> name_;
  bool all_ = false;
  bool backfill_ = false;
  TimeRangeFlags range_;
  std::vector<std::string> states_;
  std::optional<double> rate_;
  bool yes_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_recover() {
  return std::make_unique<Recover>();
}

}  // namespace thig
