#include "cli/app/command.h"
#include "cli/commands/send/emit_batch.h"
#include "cli/commands/send/send.h"
#include "cli/files/input.h"
#include "cli/views/render.h"
#include "cli/views/webhook_view.h"
#include "core/base/codec.h"
#include "core/dispatch/emitter.h"
#include "core/rules/filter.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// The body before its id and time are known.
std::string body_outline(const NewEvent& event) {
  JsonWriter json;
  json.begin_object().key("id").text("evt_…").key("event").text(event.type);
  json.key("timestamp").text("…").key("data").raw(event.data);
  return json.end_object().take();
}

class Emit final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "The event is recorded durably before its id is printed; `thig-hooks run` or `thig-hooks "
        "deliver` sends it. With --batch, each line of input is an event "
        "{\"event\":\"project.created\",\"data\":{…}}, and each accepted line gets a receipt (JSON "
        "Lines when piped) once it is recorded.");
    flags.example(R"(thig-hooks emit project.created --data '{"projectId":"proj_123"}')",
                  "Emit an event");
    flags.example("thig-hooks emit prd.approved --data @prd.json --dry-run",
                  "See who would get it, and what");
    flags.example("producer | thig-hooks emit --batch - --json", "Emit a stream of events");
    flags.positional("EVENT", type_, "An event type; `thig-hooks events` lists them");
    flags.text("--data", "JSON", data_, "The event's data: JSON, @FILE, or - for standard input")
        .fallback = "{}";
    flags.toggle("--dry-run", dry_run_, "Show the recipients and the body; record nothing");
    flags.text("--batch", "FILE", batch_, "Read events from a file, or from standard input with -");
    flags.toggle("--atomic", atomic_, "With --batch: record all lines or none");
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
    Emitter emitter(store->config(), store->intake(), context.clock(), std::move(actor));
    THIG_TRY(emitter.check_allowed());
    if (batch_) return emit_batch(context, emitter, *batch_, atomic_);
    const EventDraft draft{.type = *type_, .data = std::move(data)};
    return dry_run_ ? preview(context, *store, emitter, draft)
                    : emit(context, *store, emitter, draft);
  }

 private:
  Status check_call(Context& context) const {
    if (atomic_ && !batch_) return fail(ErrorCode::usage, "--atomic goes with --batch only");
    if (!batch_) {
      return type_ ? Status{}
                   : fail(ErrorCode::usage, "EVENT is missing",
                          "`thig-hooks events` lists the event types");
    }
    if (type_ || data_) {
      return fail(ErrorCode::usage, "with --batch the lines hold the events and their data",
                  "leave out EVENT and --data");
    }
    if (dry_run_) return fail(ErrorCode::usage, "--dry-run and --batch exclude each other");
    if (*batch_ == "-" && context.in_terminal()) {
      context.want_help();
      return fail(ErrorCode::usage,
                  "--batch: standard input is a terminal, so there is nothing to read",
                  "pipe the events in, or name a file");
    }
    return {};
  }

  static Result<ExitCode> emit(Context& context, Store& store, Emitter& emitter,
                               const EventDraft& draft) {
    THIG_TRY_ASSIGN(receipts, emitter.emit({&draft, 1}));
    const Receipt& receipt = receipts.front();
    std::vector<std::string> missed;
    if (receipt.missed > 0) missed = names_of_disabled(store, draft.type);
    if (context.json()) {
      JsonWriter json;
      json.begin_object().key("id").text(to_text(receipt.id)).key("event").text(receipt.type);
      json.key("timestamp").text(format_rfc3339(receipt.at));
      json.key("queued").number(static_cast<std::int64_t>(receipt.queued));
      json.key("missed").number(static_cast<std::int64_t>(receipt.missed));
      json.key("missedBy").begin_array();
      for (const std::string& name : missed) json.text(name);
      context.out().line(json.end_array().end_object().take());
    } else {
      context.out().line(to_text(receipt.id));
    }
    THIG_TRY(context.out().flush());  // on a terminal, the id stands above what is said of it
    context.note(describe(receipt, missed));
    return ExitCode::done;
  }

  // Nothing here is worth failing for: the event is recorded.
  static std::vector<std::string> names_of_disabled(Store& store, const std::string& type) {
    std::vector<std::string> names;
    const auto endpoints = store.config().endpoints();
    if (!endpoints) return names;
    for (const Endpoint& endpoint : *endpoints) {
      if (endpoint.state == EndpointState::disabled && subscribes(endpoint.events, type)) {
        names.push_back(endpoint.name);
      }
    }
    return names;
  }

  static std::string describe(const Receipt& receipt, const std::vector<std::string>& missed) {
    if (receipt.queued == 0 && receipt.missed == 0) {
      return fmt::format(
          "recorded, but no webhook subscribes to {}: thig-hooks add outgoing NAME URL --event {}",
          receipt.type, receipt.type);
    }
    std::string text =
        count_of(static_cast<std::int64_t>(receipt.queued), "delivery queued", "deliveries queued");
    if (receipt.missed > 0) {
      text += fmt::format(", {} missed", receipt.missed);
      if (missed.size() == 1) text += fmt::format(" ({} is disabled)", missed[0]);
      if (missed.size() > 1) text += fmt::format(" ({} are disabled)", join(missed, ", "));
    }
    return text;
  }

  static Result<ExitCode> preview(Context& context, Store& store, Emitter& emitter,
                                  const EventDraft& draft) {
    THIG_TRY_ASSIGN(event, emitter.preview(draft));
    THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
    const std::size_t size = event_body(EventId{}, event.type, context.now(), event.data).size();
    if (context.json()) {
      write_json(context, event, endpoints, size);
    } else {
      write_text(context, event, endpoints, size);
    }
    THIG_TRY(context.out().flush());
    if (event.queue.empty() && event.missed.empty()) {
      context.note(fmt::format("no webhook subscribes to {}", event.type));
    }
    context.note(
        "dry run: nothing was recorded; the id and the timestamp (…) are made when an event is "
        "recorded");
    return ExitCode::done;
  }

  static bool goes_to(const std::vector<EndpointId>& ids, const Endpoint& endpoint) {
    return std::ranges::find(ids, endpoint.id) != ids.end();
  }

  static void write_json(Context& context, const NewEvent& event,
                         const std::vector<Endpoint>& endpoints, std::size_t size) {
    JsonWriter json;
    json.begin_object().key("dryRun").boolean(true).key("event").text(event.type);
    const auto write_recipients = [&](std::string_view key, const std::vector<EndpointId>& ids) {
      json.key(key).begin_array();
      for (const Endpoint& endpoint : endpoints) {
        if (!goes_to(ids, endpoint)) continue;
        json.begin_object().key("name").text(endpoint.name);
        json.key("id").text(to_text(endpoint.id)).key("url").text(endpoint.url).end_object();
      }
      json.end_array();
    };
    write_recipients("queued", event.queue);
    write_recipients("missed", event.missed);
    json.key("data").raw(event.data).key("bodyOutline").text(body_outline(event));
    json.key("bodyBytes").number(static_cast<std::int64_t>(size)).end_object();
    context.out().line(json.take());
  }

  static void write_text(Context& context, const NewEvent& event,
                         const std::vector<Endpoint>& endpoints, std::size_t size) {
    Output& out = context.out();
    out.line(fmt::format("event\t{}", event.type));
    for (const Endpoint& endpoint : endpoints) {
      if (goes_to(event.queue, endpoint)) {
        out.line(fmt::format("to\t{}\tPOST {}", printable(endpoint.name), printable(endpoint.url)));
      } else if (goes_to(event.missed, endpoint)) {
        out.line(fmt::format("missed\t{}\tdisabled: {}", printable(endpoint.name),
                             printable(endpoint.state_reason)));
      }
    }
    out.line(fmt::format("body\t{}", printable(body_outline(event))));
    out.line(fmt::format("bytes\t{}", size));
  }

  std::optional<std::string> type_;
  std::optional<std::string> data_;
  std::optional<std::string> batch_;
  bool dry_run_ = false;
  bool atomic_ = false;
};

}  // namespace

std::unique_ptr<Command> make_emit() {
  return std::make_unique<Emit>();
}

}  // namespace thig
