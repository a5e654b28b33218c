#include "core/web/pages/outgoing/recovery_pages.h"

#include "core/api/recovery_flow.h"
#include "core/api/shell_words.h"
#include "core/api/webhook_hold.h"
#include "core/web/operations.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include <fmt/format.h>

namespace thig::pages {
namespace {

// Whoever looks at a page waits for no more than this.
constexpr Millis longest_look{2'000};

// What the fields mean.
struct RecoveryPlan {
  RecoveryFields fields;  // with moments in place of spans, so that they mean the same later
  RecoveryChoice choice{};
  std::optional<double> rate{};
  std::vector<RecoveryShare> shares{};
};

std::optional<double> read_most_per_second(const std::string& text, FormErrors& errors) {
  if (text.empty()) return std::nullopt;
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error == std::errc() && end == text.data() + text.size() && rate > 0) return rate;
  errors.add("rate", "Must be a number above 0, or empty.");
  return std::nullopt;
}

Result<RecoveryPlan> plan_of(Call& call, const RecoveryTarget& target, RecoveryFields fields,
                             FormErrors& errors) {
  RecoveryPlan plan{.fields = std::move(fields)};
  plan.rate = read_most_per_second(plan.fields.rate, errors);
  if (plan.fields.since.empty()) {
    errors.add("since", "Enter a duration such as 2h, or a time.");
    return plan;
  }
  const auto text_or_none = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  const RecoveryQuery query{.webhook = {},
                            .since = plan.fields.since,
                            .until = text_or_none(plan.fields.until),
                            .states = plan.fields.states,
                            .backfill = plan.fields.backfill};
  const auto choice = read_query(query, call.now(), form_wording());
  if (!choice) {
    errors.add(choice.error());
    return plan;
  }
  plan.choice = *choice;
  plan.fields.since = format_rfc3339(choice->since);
  if (choice->before) plan.fields.until = format_rfc3339(*choice->before);
  for (const std::string& webhook : target.webhooks) {
    THIG_TRY_ASSIGN(shares, choose_shares(call.store, webhook, plan.choice));
    std::ranges::move(shares, std::back_inserter(plan.shares));
  }
  return plan;
}

// How far one request has come.
struct RecoveryProgress {
  RecoveryPlan plan;
  std::int64_t so_far = 0;
  bool all = true;  // false: there was no time for the rest
};

// One share of a plan, with `watch` called now and then.
using ShareWork = std::function<Status(Recovery& recovery, const RecoveryPlan& plan,
                                       RecoveryShare& share, const Recovery::Watch& watch)>;
// What shares have come to.
using SharesSum = std::int64_t (*)(std::span<const RecoveryShare>);

// Share by share, for as long as a request may take. With errors in the fields nothing is done.
Result<RecoveryProgress> work_on_plan(Call& call, const RecoveryTarget& target,
                                      const RecoveryFields& fields, FormErrors& errors,
                                      const ShareWork& work, SharesSum sum) {
  THIG_TRY_ASSIGN(plan, plan_of(call, target, fields, errors));
  RecoveryProgress progress{.plan = std::move(plan)};
  if (!errors.empty()) return progress;
  Recovery recovery = recovery_for(call);
  const Millis end = call.clock.now().steady + longest_look;
  for (RecoveryShare& share : progress.plan.shares) {
    const std::int64_t before = progress.so_far;
    const Status done = work(recovery, progress.plan, share, [&](std::int64_t count) {
      progress.so_far = before + count;
      return call.clock.now().steady < end;
    });
    if (!done && done.error().code == ErrorCode::interrupted) {
      progress.all = false;
      return progress;
    }
    THIG_TRY(done);
    progress.so_far = sum(progress.plan.shares);
  }
  return progress;
}

std::string recovery_command(const RecoveryTarget& target, const RecoveryFields& fields) {
  if (target.name.empty()) return {};
  ShellCommand command("thig-hooks recover");
  command.flag("--since", fields.since.empty() ? "24h" : fields.since);
  if (!fields.until.empty()) command.flag("--until", fields.until);
  for (const std::string& state : fields.states) command.flag("--state", state);
  if (!fields.rate.empty()) command.flag("--rate", fields.rate);
  if (fields.backfill) command.words(" --backfill");
  return command.positional(target.name).text();
}

Html state_boxes(const RecoveryFields& fields, const FormErrors& wrong) {
  const auto wants = [&](std::string_view state) {
    return std::ranges::find(fields.states, state) != fields.states.end();
  };
  Html error;
  if (!wrong.of("state").empty()) error = html<R"(<p class="error">{}</p>)">(wrong.of("state"));
  return html<
      R"(<fieldset class="field" id="state" tabindex="-1"><legend>Deliveries to recover</legend>{}{}{}</fieldset>)">(
      tick("state", "dead", "dead: all retries failed", wants("dead")),
      tick("state", "missed", "missed: the webhook was disabled", wants("missed")), error);
}

Html backfill_box(const RecoveryFields& fields, const FormErrors& wrong) {
  Html error;
  if (!wrong.of("backfill").empty()) {
    error = html<R"(<p class="error">{}</p>)">(wrong.of("backfill"));
  }
  return html<
      R"(<fieldset class="field" id="backfill" tabindex="-1"><legend>Backfill</legend>{}{}</fieldset>)">(
      tick("backfill", "yes",
           "also events that it subscribes to but has no delivery of, such as those from before it "
           "was added",
           fields.backfill),
      error);
}

HttpResponse recovery_page(Call& call, const RecoveryTarget& target, const RecoveryFields& fields,
                           const Html& body, int status = 200) {
  Html content = target.head;
  content += body;
  return page_answer(call, {.title = target.title,
                            .section = Section::webhooks,
                            .content = content,
                            .command = recovery_command(target, fields),
                            .status = status,
                            .changes_by_itself = false});
}

// What requests before this one have done.
std::int64_t done_before(const RecoveryFields& fields) {
  std::int64_t done = 0;
  std::from_chars(fields.done.data(), fields.done.data() + fields.done.size(), done);
  return done;
}

// The same question once more.
Html kept_fields(const RecoveryTarget& target, const RecoveryFields& fields) {
  Html all = target.hidden;
  all += hidden("since", fields.since);
  if (!fields.until.empty()) all += hidden("until", fields.until);
  for (const std::string& state : fields.states) all += hidden("state", state);
  if (!fields.rate.empty()) all += hidden("rate", fields.rate);
  if (fields.backfill) all += hidden("backfill", "yes");
  all += hidden("go", "yes");
  return all;
}

Html count_rows(std::span<const RecoveryShare> shares) {
  Html rows;
  for (const RecoveryShare& share : shares) {
    for (const DeliveryCount& one : share.counts) {
      rows += html<
          R"(<tr><th scope="row" class="fill"><span class="cut">{}</span><small class="brief cut">{}</small></th><td>{}</td><td class="mono mid">{}</td><td class="num">{}</td></tr>)">(
          share.endpoint.name, one.event_type, sign(to_text(one.state), to_text(one.state)),
          one.event_type, grouped(one.count));
    }
  }
  return html<
      R"(<table class="gap"><caption class="aside-text">Deliveries that would be resent</caption><thead><tr><th scope="col" class="fill">Webhook</th><th scope="col">State</th><th scope="col" class="mid">Event type</th><th scope="col" class="num">Deliveries</th></tr></thead><tbody>{}</tbody></table>)">(
      rows);
}

std::string deliveries_text(std::int64_t count) {
  return counted(count, "delivery", "deliveries");
}

// "1,204 deliveries would be sent again, the last of them in 3m40s."
std::string preview_sentence(const RecoveryPlan& plan) {
  const std::int64_t total = total_of(plan.shares);
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(time_to_recover(plan.shares, plan.rate));
  return fmt::format("{} would be resent, within {}.", deliveries_text(total),
                     format_duration(seconds));
}

Html counted_body(const RecoveryTarget& target, const RecoveryPlan& plan,
                  std::optional<std::int64_t> at_least) {
  const std::int64_t total = total_of(plan.shares);
  if (total == 0 && !at_least) {
    return html<
        R"(<div class="thin stack"><p>Nothing to recover: no deliveries of that time are dead or missed{}.</p><div class="acts"><a class="btn" href="{}">Back</a></div></div>)">(
        plan.fields.backfill ? ", and none is lacking" : "", target.back);
  }
  const std::string told =
      at_least
          ? fmt::format("At least {} would be resent: counting them all takes too long for a page.",
                        deliveries_text(*at_least))
          : preview_sentence(plan);
  return html<
      R"(<form method="post" action="{}"><p><strong>{}</strong></p><p class="dim">Nothing has been sent yet. They are sent oldest first, with the same bytes and ids, slowly at first so that the receiver is not overloaded.</p>{}{}{}</form>)">(
      target.action, told, at_least ? Html() : count_rows(plan.shares),
      kept_fields(target, plan.fields), form_end("Resend", target.back));
}

Html held_notes(Call& call, std::span<const RecoveryShare> shares) {
  std::vector<const EndpointSummary*> webhooks;
  for (const RecoveryShare& share : shares) webhooks.push_back(&share.endpoint);
  Html all;
  const auto held = held_webhooks(call.store, webhooks, call.now());
  if (!held) return all;
  for (const HeldWebhook& one : *held) {
    const bool disabled = one.hold.why == WebhookHold::Why::disabled;
    all += html<R"(<p class="state failing">{} is {}: its deliveries wait until {}.</p>)">(
        one.webhook->name, disabled ? "disabled" : "paused",
        disabled ? std::string("it is enabled") : describe_relative(one.hold.until, call.now()));
  }
  return all;
}

std::optional<Time> last_due(std::span<const RecoveryShare> shares) {
  std::optional<Time> last;
  for (const RecoveryShare& share : shares) {
    if (share.done.last_due && (!last || *share.done.last_due > *last)) last = share.done.last_due;
  }
  return last;
}

Html done_body(Call& call, const RecoveryTarget& target, const RecoveryPlan& plan) {
  const std::int64_t done = done_before(plan.fields) + done_of(plan.shares);
  Html told;
  if (const auto last = last_due(plan.shares)) {
    told = html<"<p>The last one is due at {}.</p>">(full_time(*last));
  }
  told += held_notes(call, plan.shares);
  return html<
      R"({}<div class="acts"><a class="btn main" href="{}">Done</a><a class="btn" href="{}">Pending deliveries</a></div>)">(
      note("done", "enabled", fmt::format("{} queued.", deliveries_text(done)), told), target.back,
      Link("/admin/deliveries").with("state", "pending"));
}

Html unfinished_body(const RecoveryTarget& target, const RecoveryPlan& plan, std::int64_t done) {
  Html fields = kept_fields(target, plan.fields);
  fields += hidden("done", std::to_string(done));
  return html<R"(<form method="post" action="{}">{}{}{}</form>)">(
      target.action,
      note("warning", "failing", fmt::format("{} queued so far.", deliveries_text(done)),
           html<"<p>There are more than one request can queue. Deliveries already queued stay "
                "queued.</p>">()),
      fields, form_end("Continue with the rest", target.back));
}

}  // namespace

RecoveryFields recovery_fields(const Form& form) {
  return {.since = form.text("since"),
          .until = form.text("until"),
          .states = form.all("state"),
          .rate = form.text("rate"),
          .backfill = form.text("backfill") == "yes",
          .done = form.text("done")};
}

HttpResponse ask_recovery(Call& call, const RecoveryTarget& target, const RecoveryFields& fields,
                          const FormErrors& wrong) {
  Html body = wrong.summary("Not counted");
  Html inputs = target.hidden;
  inputs += text_field({.name = "since",
                        .help = "How far back, such as 2h or 3d; or a time, such as "
                                "2026-01-15T10:30:00Z.",
                        .required = true},
                       fields.since, wrong);
  inputs += text_field({.name = "until", .help = "A duration or a time, too; empty: until now."},
                       fields.until, wrong);
  inputs += state_boxes(fields, wrong);
  if (!target.name.empty()) inputs += backfill_box(fields, wrong);
  inputs +=
      text_field({.name = "rate",
                  .help = "Deliveries per second. Empty: starts at 10 and doubles every 10 s."},
                 fields.rate, wrong);
  body += html<R"(<form method="{}" action="{}">{}{}</form>)">(
      target.counts_by_get ? "get" : "post", target.action, inputs, form_end("Count", target.back));
  return recovery_page(call, target, fields, body, wrong.status());
}

Result<HttpResponse> count_recovery(Call& call, const RecoveryTarget& target,
                                    const RecoveryFields& fields) {
  const auto count_one = [&call](Recovery& recovery, const RecoveryPlan& plan, RecoveryShare& share,
                                 const Recovery::Watch& watch) -> Status {
    THIG_TRY(count_ended(recovery, {&share, 1}, watch));
    if (!plan.fields.backfill) return {};
    const std::int64_t ended = total_of({&share, 1});
    return count_unsent(call.store, recovery, share,
                        [&](std::int64_t count) { return watch(ended + count); });
  };
  FormErrors errors;
  THIG_TRY_ASSIGN(progress, work_on_plan(call, target, fields, errors, count_one, total_of));
  if (!errors.empty()) return ask_recovery(call, target, fields, errors);
  const auto at_least = progress.all ? std::nullopt : std::optional(progress.so_far);
  return recovery_page(call, target, progress.plan.fields,
                       counted_body(target, progress.plan, at_least));
}

Result<HttpResponse> do_recovery(Call& call, const RecoveryTarget& target,
                                 const RecoveryFields& fields) {
  const auto queue_one = [&call](Recovery& recovery, const RecoveryPlan& plan, RecoveryShare& share,
                                 const Recovery::Watch& watch) -> Status {
    // What is recorded is not queued yet.
    const auto goes_on = [&](std::int64_t) { return watch(0); };
    if (plan.fields.backfill) THIG_TRY(record_unsent(call.store, recovery, share, goes_on));
    return recover(recovery, {&share, 1}, plan.rate, watch);
  };
  FormErrors errors;
  THIG_TRY_ASSIGN(progress, work_on_plan(call, target, fields, errors, queue_one, done_of));
  if (!errors.empty()) return ask_recovery(call, target, fields, errors);
  const Html body = progress.all
                        ? done_body(call, target, progress.plan)
                        : unfinished_body(target, progress.plan,
                                          done_before(progress.plan.fields) + progress.so_far);
  return recovery_page(call, target, progress.plan.fields, body);
}

}  // namespace thig::pages
