#include "cli/app/command.h"
#include "cli/commands/send/send.h"
#include "cli/flags/outgoing_flags.h"
#include "cli/flags/time_range.h"
#include "cli/terminal/confirm.h"
#include "cli/terminal/progress.h"
#include "cli/views/recovery_view.h"
#include "core/rules/recovery_ramp.h"
#include "core/setup/webhooks.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> recoverable_states = {"dead", "missed"};

// What is to be recovered of one webhook, and what has been.
struct Share {
  Endpoint endpoint;
  RecoveryChoice choice;
  std::vector<DeliveryCount> counts;
  Recovered done;
};

std::int64_t total_of(const std::vector<Share>& shares) {
  std::int64_t total = 0;
  for (const Share& share : shares) total += total_of(share.counts);
  return total;
}

class Recover final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Deliveries that died, and those that were missed while the webhook was disabled, become "
        "pending again: oldest first, under the same webhook-id and with the same bytes, each with "
        "its retry schedule anew.");
    flags.about(
        "So that a receiver that has just come up again is not broken by them, 10 a second become "
        "due in the first 10 seconds, and twice as many in each 10 seconds that follow; --rate "
        "sets a bound to that. It may be interrupted: what is queued stays queued, and the same "
        "command goes on with the rest.");
    flags.example("thig-hooks recover crm --since 2h --dry-run", "See what there is to recover");
    flags.example("thig-hooks recover crm --since 2h", "Send it again after a question");
    flags.example("thig-hooks recover crm --since 2026-01-15T10:00:00Z --rate 5 --yes",
                  "Send it again at 5 a second, in a script");
    flags.positional("WEBHOOK", name_, "A webhook, by name or id");
    flags.toggle("--all", all_, "All outgoing webhooks");
    range_.declare(flags, "Events emitted").required = true;
    flags.list("--state", "STATE", states_, "Only what ended in these states").choices =
        recoverable_states;
    flags.custom("--rate", "N", "Due a second, at most; without it only the ramp bounds it",
                 [this](const std::string& text) -> Status {
                   THIG_TRY_ASSIGN(rate, parse_rate(text));
                   if (rate == 0) return fail(ErrorCode::usage, "at no rate it would never end");
                   rate_ = rate;
                   return {};
                 });
    flags.toggle("--yes", yes_, "Do not ask");
    flags.toggle("--dry-run", dry_run_, "Count what would be queued; change nothing");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_flags());
    THIG_TRY_ASSIGN(range, range_.read(context.now()));
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Recovery recovery(store->recovery(), store->queue(), context.clock(), std::move(actor));
    THIG_TRY_ASSIGN(shares, choose(*store, range));
    THIG_TRY(count(context, recovery, shares));
    if (dry_run_) {
      write_dry_run(context, shares);
      return ExitCode::done;
    }
    if (total_of(shares) > 0 && !yes_) {
      THIG_TRY_ASSIGN(agreed, confirm(context, question(shares)));
      if (!agreed) {
        context.note("nothing was changed");
        return ExitCode::no;
      }
    }
    THIG_TRY(recover(context, recovery, shares));
    THIG_TRY(write_result(context, *store, shares));
    return ExitCode::done;
  }

 private:
  Status check_flags() const {
    if (name_ && all_) return fail(ErrorCode::usage, "WEBHOOK and --all exclude each other");
    if (!name_ && !all_) {
      return fail(ErrorCode::usage, "WEBHOOK is missing", "or recover all webhooks with --all");
    }
    for (const std::string& state : states_) {
      if (std::ranges::find(recoverable_states, state) != recoverable_states.end()) continue;
      Error error = not_a_choice(state, recoverable_states);
      error.text = "--state: " + error.text;
      return std::unexpected(std::move(error));
    }
    return {};
  }

  bool wants(const char* state) const {
    return states_.empty() || std::ranges::find(states_, state) != states_.end();
  }

  Result<std::vector<Share>> choose(Store& store, const TimeRange& range) const {
    std::vector<Endpoint> endpoints;
    if (all_) {
      THIG_TRY_ASSIGN(found, store.config().endpoints());
      endpoints = std::move(found);
    } else {
      THIG_TRY_ASSIGN(found, find_webhook(store.config(), *name_));
      endpoints.push_back(std::move(found));
    }
    std::vector<Share> shares;
    for (Endpoint& endpoint : endpoints) {
      const RecoveryChoice choice{.endpoint = endpoint.id,
                                  .since = range.since.value_or(Time{}),
                                  .before = range.until,
                                  .dead = wants("dead"),
                                  .missed = wants("missed")};
      shares.push_back(
          {.endpoint = std::move(endpoint), .choice = choice, .counts = {}, .done = {}});
    }
    return shares;
  }

  static Status count(Context& context, Recovery& recovery, std::vector<Share>& shares) {
    Progress progress(context, true, "deliveries counted", 0);
    for (Share& share : shares) {
      const std::int64_t before = total_of(shares);
      THIG_TRY_ASSIGN(counts, recovery.count_ended(share.choice, [&](std::int64_t done) {
        progress.update(static_cast<std::uint64_t>(before + done));
        return !context.stop().requested();
      }));
      if (!counts) return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
      share.counts = std::move(*counts);
    }
    return {};
  }

  Status recover(Context& context, Recovery& recovery, std::vector<Share>& shares) const {
    Progress progress(context, true, "deliveries queued again",
                      static_cast<std::uint64_t>(total_of(shares)));
    std::int64_t before = 0;
    std::int64_t so_far = 0;
    for (Share& share : shares) {
      auto done = recovery.recover(share.choice, rate_, [&](std::int64_t count) {
        so_far = before + count;
        progress.update(static_cast<std::uint64_t>(so_far));
        return !context.stop().requested();
      });
      if (!done) {
        progress.end();
        Error error = std::move(done).error();
        error.text += fmt::format(" ({} queued again before)", so_far);
        return std::unexpected(std::move(error));
      }
      share.done = *done;
      before += done->count;
      const bool last = &share == &shares.back();
      if (done->stopped || (context.stop().requested() && !last)) {
        progress.end();
        return fail(ErrorCode::interrupted,
                    fmt::format("interrupted: {} queued again, the rest is as it was", so_far),
                    "the same command goes on with the rest");
      }
    }
    return {};
  }

  static std::string question(const std::vector<Share>& shares) {
    std::vector<DeliveryCount> all;
    for (const Share& share : shares) {
      all.insert(all.end(), share.counts.begin(), share.counts.end());
    }
    const std::string whose =
        shares.size() == 1
            ? shares.front().endpoint.name
            : count_of(static_cast<std::int64_t>(shares.size()), "webhook", "webhooks");
    return fmt::format("Send {} of {} again?", describe(all), whose);
  }

  // From the first to the last of them.
  Millis span_of(const Share& share) const { return ramp_wait(total_of(share.counts) - 1, rate_); }

  void write_dry_run(Context& context, const std::vector<Share>& shares) const {
    Millis longest{0};
    for (const Share& share : shares) longest = std::max(longest, span_of(share));
    if (context.json()) {
      JsonWriter json;
      json.begin_object().key("dryRun").boolean(true).key("count").number(total_of(shares));
      json.key("takesMs").number(std::int64_t{longest.count()});
      json.key("webhooks").begin_array();
      for (const Share& share : shares) {
        json.begin_object().key("webhook").text(share.endpoint.name);
        json.key("webhookId").text(to_text(share.endpoint.id));
        json.key("count").number(total_of(share.counts));
        write_counts(json, share.counts);
        json.end_object();
      }
      context.out().line(json.end_array().end_object().take());
    } else {
      Table table = count_table();
      for (const Share& share : shares) add_counts(table, share.endpoint.name, share.counts);
      if (!table.empty()) print_table(context, table);
    }
    const std::int64_t total = total_of(shares);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(longest);
    context.note(
        total == 0
            ? std::string("dry run: there is nothing to recover")
            : fmt::format("dry run: {} would be sent again, within {}; nothing was changed",
                          count_of(total, "delivery", "deliveries"), format_duration(seconds)));
  }

  static Status write_result(Context& context, Store& store, const std::vector<Share>& shares) {
    std::int64_t queued = 0;
    std::vector<const Endpoint*> webhooks;
    for (const Share& share : shares) {
      queued += share.done.count;
      if (share.done.count > 0) webhooks.push_back(&share.endpoint);
    }
    if (context.json()) {
      write_json(context, shares, queued);
    } else {
      write_table(context, shares);
    }
    if (queued == 0) {
      context.note("there was nothing to recover");
      return {};
    }
    context.note(count_of(queued, "delivery", "deliveries") + " queued again");
    return note_waiting(context, store, webhooks);
  }

  static void write_json(Context& context, const std::vector<Share>& shares, std::int64_t queued) {
    JsonWriter json;
    json.begin_object().key("dryRun").boolean(false).key("queued").number(queued);
    json.key("webhooks").begin_array();
    for (const Share& share : shares) {
      json.begin_object().key("webhook").text(share.endpoint.name);
      json.key("webhookId").text(to_text(share.endpoint.id));
      json.key("queued").number(share.done.count);
      write_time(json, "lastDueAt", share.done.last_due);
      json.end_object();
    }
    context.out().line(json.end_array().end_object().take());
  }

  static void write_table(Context& context, const std::vector<Share>& shares) {
    Table table({{.header = "WEBHOOK", .shrinks = true},
                 {.header = "QUEUED", .right = true},
                 {.header = "LAST DUE"}});
    for (const Share& share : shares) {
      if (share.done.count == 0) continue;
      table.row({{.text = share.endpoint.name},
                 {.text = std::to_string(share.done.count)},
                 time_cell(share.done.last_due, context.now())});
    }
    if (!table.empty()) print_table(context, table);
  }

  std::optional<std::string> name_;
  bool all_ = false;
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
