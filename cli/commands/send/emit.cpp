#include "cli/app/command.h"
#include "cli/commands/send/emit_batch.h"
#include "cli/commands/send/send.h"
#include "cli/files/input.h"
#include "cli/flags/retention_flags.h"
#include "cli/views/render.h"
#include "cli/views/webhook_view.h"
#include "core/api/emission.h"
#include "core/api/emission_view.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/json_edit.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Emit final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Prints the event's id once the event is durably recorded; `thig-hooks run` or `thig-hooks "
        "deliver` sends it to the subscribed webhooks. With --batch, each input line is an event "
        "{\"event\":\"project.created\",\"data\":{…}}, with an optional idempotency key "
        "\"id\":\"KEY\" as for --id. Each accepted line gets a receipt (JSON Lines when piped) "
        "once it is recorded.");
    flags.about(
        "--id sets an idempotency key. If you cannot tell whether an event was recorded, emit it "
        "again with the same key, type and data: for 24 hours it is not recorded a second time, "
        "and you get the first receipt, marked as a duplicate. The same key with another type or "
        "other data records nothing and exits 2; with --json the error code is "
        "IDEMPOTENCY_MISMATCH. All users of a database share the keys.");
    flags.example(R"(thig-hooks emit project.created --data '{"projectId":"proj_123"}')",
                  "Emit an event");
    flags.example("thig-hooks emit prd.approved --data @prd.json --dry-run",
                  "Show the recipients and the payload");
    flags.example("thig-hooks emit project.created --data @project.json --id project-123-created",
                  "Emit an event once, even if this runs again within 24 hours");
    flags.example("thig-hooks emit project.created --sample --set projectId=proj_9",
                  "Emit a sample, to see what receivers make of it");
    flags.example("producer | thig-hooks emit --batch - --json", "Emit a stream of events");
    flags.positional("EVENT", type_, "Event type; `thig-hooks events` lists them");
    flags.text("--data", "JSON", data_, "Event data: JSON, @FILE, or - for standard input")
        .fallback = "{}";
    flags.toggle("--sample", sample_,
                 "Take the sample of the event type as data, marked with \"sample\": true");
    flags.texts(
        "--set", "NAME=VALUE", set_,
        "Set a member of the data; NAME may be a JSON pointer (/client/name), VALUE is JSON "
        "where it is valid JSON, else a text; repeat it for more");
    flags.text("--id", "KEY", key_,
               "Idempotency key: your own name for the event, 1 to 255 printable ASCII characters");
    flags.toggle("--dry-run", dry_run_, "Show the recipients and the payload; record nothing");
    flags.text("--batch", "FILE", batch_, "Read events from a file; - for standard input");
    flags.toggle("--atomic", atomic_, "With --batch: record all lines or none");
    max_size_.declare_size(
        flags,
        "Maximum size of the database, as for `thig-hooks run`; when idempotency keys take up a "
        "quarter of it, events with a new key are refused; off: no limit");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_call(context));
    std::string data = "{}";
    if (data_) {
      THIG_TRY_ASSIGN(read, read_data_argument(context, *data_, max_event_data));
      data = std::move(read);
    }
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::create));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    Emitter emitter(store->config(), store->intake(), context.clock(), std::move(actor),
                    max_size_.share());
    THIG_TRY(emitter.check_allowed());
    if (batch_) return emit_batch(context, emitter, *batch_, atomic_);
    THIG_TRY_ASSIGN(made, make_data(*store, std::move(data)));
    const EventDraft draft{
        .type = *type_, .data = std::move(made), .idempotency_key = std::move(key_)};
    return dry_run_ ? show_preview(context, *store, emitter, draft)
                    : emit(context, *store, emitter, draft);
  }

 private:
  Status check_call(Context& context) const {
    if (atomic_ && !batch_) return fail(ErrorCode::usage, "--atomic requires --batch");
    if (sample_ && data_) {
      return fail(ErrorCode::usage, "--sample and --data cannot be combined",
                  "change the sample with --set");
    }
    if (!batch_) {
      return type_ ? Status{}
                   : fail(ErrorCode::usage, "EVENT is required",
                          "`thig-hooks events` lists the event types");
    }
    if (type_ || data_ || sample_ || !set_.empty()) {
      return fail(ErrorCode::usage, "with --batch, events and their data come from the input",
                  "remove EVENT, --data, --sample and --set");
    }
    if (key_) {
      return fail(ErrorCode::usage, "--id cannot be combined with --batch",
                  "give each line an \"id\" instead");
    }
    if (dry_run_) return fail(ErrorCode::usage, "--dry-run and --batch cannot be combined");
    if (*batch_ == "-" && context.in_terminal()) {
      context.want_help();
      return fail(ErrorCode::usage, "--batch: standard input is a terminal",
                  "pipe the events in, or name a file");
    }
    return {};
  }

  Result<std::string> make_data(Store& store, std::string data) const {
    if (sample_) {
      THIG_TRY_ASSIGN(sample, sample_of(store, *type_));
      data = marked_as_sample(sample).value_or(sample);
    }
    for (const std::string& setting : set_) {
      THIG_TRY_ASSIGN(changed, with_setting(data, setting));
      data = std::move(changed);
    }
    return data;
  }

  static Result<std::string> with_setting(const std::string& data, const std::string& setting) {
    const auto equals = setting.find('=');
    if (equals == setting.npos || equals == 0) {
      return fail(ErrorCode::usage, fmt::format("--set {}: NAME=VALUE is expected", setting),
                  "such as --set projectId=proj_9, or --set /client/name=Zoe");
    }
    const std::string name = setting.substr(0, equals);
    std::string value = setting.substr(equals + 1);
    if (!check_json(value)) value = JsonWriter().text(value).take();
    if (!check_json(data)) return data;  // refused with the reason when it is emitted
    auto changed = json_with(data, name.starts_with('/') ? name : pointer_to(name), value);
    if (changed) return changed;
    return fail(ErrorCode::usage, fmt::format("--set {}: {}", setting, changed.error().text));
  }

  // A member of the data itself.
  static std::string pointer_to(std::string_view name) {
    std::string pointer = "/";
    for (const char c : name) {
      if (c == '~') {
        pointer += "~0";
      } else if (c == '/') {
        pointer += "~1";
      } else {
        pointer += c;
      }
    }
    return pointer;
  }

  static Result<ExitCode> emit(Context& context, Store& store, Emitter& emitter,
                               const EventDraft& draft) {
    THIG_TRY_ASSIGN(emitted, emit_event(store, emitter, draft));
    context.out().line(context.json() ? emission_document(emitted) : to_text(emitted.receipt.id));
    THIG_TRY(context.out().flush());  // on a terminal, the id stands above what is said of it
    if (emitted.receipt.duplicate) {
      context.note(describe_duplicate(emitted.receipt));
    } else {
      context.note(describe(emitted.receipt, emitted.missed_by));
    }
    return ExitCode::done;
  }

  static std::string describe_duplicate(const Receipt& receipt) {
    return fmt::format(
        "duplicate: this event was recorded at {} with the same --id; it was not recorded again",
        format_rfc3339(receipt.at));
  }

  static std::string describe(const Receipt& receipt, const std::vector<std::string>& missed) {
    if (receipt.queued == 0 && receipt.missed.empty()) {
      if (receipt.unmet > 0) return describe_unmet(receipt);
      return fmt::format(
          "recorded, but no webhook is subscribed to {}: thig-hooks add outgoing NAME URL --event "
          "{}",
          receipt.type, receipt.type);
    }
    std::string text =
        count_of(static_cast<std::int64_t>(receipt.queued), "delivery queued", "deliveries queued");
    if (!receipt.missed.empty()) {
      text += fmt::format(", {} missed", receipt.missed.size());
      if (missed.size() == 1) text += fmt::format(" ({} is disabled)", missed[0]);
      if (missed.size() > 1) text += fmt::format(" ({} are disabled)", join(missed, ", "));
    }
    return text;
  }

  static std::string describe_unmet(const Receipt& receipt) {
    return fmt::format(
        "recorded, but it does not meet the conditions of {}: thig-hooks deliveries explain {}",
        count_of(static_cast<std::int64_t>(receipt.unmet), "subscribed webhook",
                 "subscribed webhooks"),
        to_text(receipt.id));
  }

  static Result<ExitCode> show_preview(Context& context, Store& store, Emitter& emitter,
                                       const EventDraft& draft) {
    THIG_TRY_ASSIGN(preview, preview_event(store, emitter, draft, context.now()));
    if (context.json()) {
      context.out().line(emission_preview_document(preview));
    } else {
      write_text(context, preview);
    }
    THIG_TRY(context.out().flush());
    if (preview.recipients.empty() && preview.unmet.empty()) {
      context.note(fmt::format("no webhook is subscribed to {}", preview.type));
    }
    context.note(
        "dry run: nothing was recorded; the id and the timestamp (…) are set when an event is "
        "recorded");
    return ExitCode::done;
  }

  static void write_text(Context& context, const EventPreview& preview) {
    Output& out = context.out();
    out.line(fmt::format("event\t{}", preview.type));
    for (const auto& [endpoint, missed] : preview.recipients) {
      if (missed) {
        out.line(fmt::format("missed\t{}\tdisabled: {}", printable(endpoint.name),
                             printable(endpoint.state_reason)));
      } else {
        out.line(fmt::format("to\t{}\tPOST {}", printable(endpoint.name), printable(endpoint.url)));
      }
    }
    for (const auto& [endpoint, condition] : preview.unmet) {
      out.line(fmt::format("not to\t{}\tcondition not met: {}", printable(endpoint.name),
                           printable(condition)));
    }
    out.line(fmt::format("body\t{}", printable(preview.body_outline)));
    out.line(fmt::format("bytes\t{}", preview.body_bytes));
  }

  std::optional<std::string> type_;
  std::optional<std::string> data_;
  std::optional<std::string> batch_;
  std::optional<std::string> key_;
  std::vector<std::string> set_;
  bool sample_ = false;
  bool dry_run_ = false;
  bool atomic_ = false;
  RetentionFlags max_size_;
};

}  // namespace

std::unique_ptr<Command> make_emit() {
  return std::make_unique<Emit>();
}

}  // namespace thig
