#include "core/incoming/requests.h"

#include "cli/app/command.h"
#include "cli/commands/receive/receive.h"
#include "cli/flags/time_range.h"
#include "cli/views/incoming_view.h"
#include "core/api/request_query.h"
#include "core/api/shell_words.h"
#include "core/incoming/action_runner.h"
#include "core/incoming/orphans.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Requests final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Lists received requests, newest first. States: pending (recorded and answered, action not "
        "run yet), done, failed (the action failed), skipped (a condition did not match), "
        "duplicate (received before), rejected (refused; at most one per second is recorded).");
    flags.example("thig-hooks requests --webhook issues", "List the requests of one webhook");
    flags.example("thig-hooks requests --state failed", "List the requests whose action failed");
    flags.text("--webhook", "WEBHOOK", query_.webhook, "Only requests of this incoming webhook");
    flags
        .choice("--state", "STATE", {request_states().begin(), request_states().end()},
                query_.state, "Only requests in this state")
        .fallback = "all";
    flags.text("--before", "REQ", query_.before, "Only requests older than this one");
    flags.number("--limit", "N", limit_, 1, 10'000, "Maximum number of requests");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store_if_any());
    if (!store) {
      if (context.json()) context.out().line("[]");
      return ExitCode::done;
    }
    query_.limit = static_cast<std::size_t>(limit_);
    THIG_TRY_ASSIGN(found, find_requests(*store, query_, command_wording()));
    if (context.json()) {
      context.out().line(requests_document(found.requests, found.names));
    } else {
      write_table(context, found);
    }
    if (found.more) {
      context.note("older requests: " + next_command(context, found.requests.back().id));
    }
    if (found.requests.empty()) context.note("no requests found");
    return ExitCode::done;
  }

 private:
  std::string next_command(const Context& context, RequestId after) const {
    ShellCommand next("thig-hooks requests");
    if (!query_.webhook.empty()) next.flag("--webhook", query_.webhook);
    if (!query_.state.empty()) next.flag("--state", query_.state);
    if (query_.limit != requests_at_once) next.flag("--limit", std::to_string(limit_));
    next.flag("--before", to_text(after)).words(context.flags_to_repeat());
    return next.text();
  }

  static void write_table(Context& context, const FoundRequests& found) {
    if (found.requests.empty()) return;
    Table table({{.header = "RECEIVED"},
                 {.header = "ID"},
                 {.header = "WEBHOOK", .shrinks = true},
                 {.header = "FROM", .optional = true},
                 {.header = "STATE"},
                 {.header = "BYTES", .right = true, .optional = true},
                 {.header = "DETAIL", .shrinks = true, .least = 20}});
    for (const IncomingRequest& request : found.requests) {
      const auto name = found.names.find(request.hook);
      table.row(
          {time_cell(request.received_at, context.now()),
           {.text = to_text(request.id), .style = Style::dim},
           {.text = name == found.names.end() ? std::string() : name->second, .style = Style::bold},
           {.text = request.peer},
           {.text = std::string(to_text(request.state)), .style = style_of(request.state)},
           {.text = std::to_string(request.body_size)},
           {.text = request.detail}});
    }
    print_table(context, table);
  }

  RequestQuery query_;
  int limit_ = requests_at_once;
};

class RequestsShow final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Shows where the request came from, its headers, its body and its result. Headers and "
        "query parameters whose name contains token, secret, key, password, authorization or the "
        "like are stored encrypted and not shown; conditions, fields, commands and replay use the "
        "original values.");
    flags.example("thig-hooks requests show req_0nvpz4gk204001", "Show why an action failed");
    flags.positional("REQ", id_, "Request id");
    flags.toggle(
        "--reveal-secret", reveal_,
        "Show encrypted values too; for Owners and Admins, and recorded in `thig-hooks audit`");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(id, read_request_id(id_));
    THIG_TRY_ASSIGN(store, context.store(reveal_ ? StoreUse::write : StoreUse::read));
    THIG_TRY_ASSIGN(request, read(context, *store, id));
    THIG_TRY_ASSIGN(hook, store->incoming().find(to_text(request.hook)));
    if (context.json()) {
      context.out().line(request_document(request, hook.name));
      return ExitCode::done;
    }
    Detail detail(context.for_eyes(), context.out_colour(), context.now());
    detail.add("request", to_text(request.id));
    detail.add("webhook", fmt::format("{} ({})", hook.name, to_text(hook.id)));
    detail.add("received", request.received_at);
    detail.add("from", request.peer);
    detail.add("state",
               Cell{.text = std::string(to_text(request.state)), .style = style_of(request.state)});
    detail.add("detail", request.detail);
    if (request.ended_at) detail.add("ended", *request.ended_at);
    if (request.runs > 1) detail.add("runs", std::to_string(request.runs));
    detail.add("delivery id", request.delivery_id);
    detail.add("query", request.query);
    for (const JsonMember& header : json_members(request.headers)) {
      detail.add("  header", header.name + ": " + json_text(header.value).value_or("(sealed)"));
    }
    detail.add("body", request.body);
    context.out().write(detail.take());
    return ExitCode::done;
  }

 private:
  Result<IncomingRequest> read(Context& context, Store& store, RequestId id) const {
    if (!reveal_) return store.requests().one(id);
    THIG_TRY_ASSIGN(actor, context.actor(store));
    return reveal_request(store.config(), store.requests(), actor, id, context.now());
  }

  std::string id_;
  bool reveal_ = false;
};

// What is told of a single request is read back when it has ended.
class Untold final : public ActionObserver {
  void ended(const IncomingHook&, const IncomingRequest&, const ActionOutcome&) override {}
  void stuck(const Error&) override {}
};

class RequestsReplay final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Runs the action again with the recorded body. The `thig-hooks serve-incoming` that runs "
        "actions for this database does it; if none is running, this command does it, and exits 1 "
        "if the action fails.");
    flags.example("thig-hooks requests replay req_0nvpz4gk204001",
                  "Replay a request after you have fixed the cause of its failure");
    flags.positional("REQ", id_, "Request id");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(id, read_request_id(id_));
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY(replay_request(store->requests(), actor, id));
    THIG_TRY_ASSIGN(ours, store->requests().own_actions());
    if (ours) THIG_TRY(act(context, *store, id));
    THIG_TRY_ASSIGN(request, store->requests().one(id));
    if (context.json()) context.out().line(replayed_document(request));
    context.note(
        request.state == RequestState::pending
            ? fmt::format("serve-incoming is replaying {}; see: thig-hooks requests show {}",
                          to_text(id), to_text(id))
            : fmt::format("{} is {}: {}", to_text(id), to_text(request.state), request.detail));
    return request.state == RequestState::failed ? ExitCode::no : ExitCode::done;
  }

 private:
  static Status act(Context& context, Store& store, RequestId id) {
    THIG_TRY_ASSIGN(request, store.requests().unmasked(id));
    THIG_TRY_ASSIGN(alone, end_orphans(store.requests()));
    if (!alone) {
      return fail(ErrorCode::busy, fmt::format("{} is still pending", to_text(id)),
                  "a command started by a killed server is still running");
    }
    Untold observer;
    Turns turns;
    ActionRunner runner(store, context.clock(), context.random(), turns, observer);
    THIG_TRY(act_on_one(runner, request, context.stop().flag()));
    if (!context.stop().requested()) return {};
    return fail(ErrorCode::interrupted, fmt::format("{} is still pending", to_text(id)),
                "start `thig-hooks serve-incoming` to run it");
  }

  std::string id_;
};

}  // namespace

std::unique_ptr<Command> make_requests() {
  return std::make_unique<Requests>();
}

std::unique_ptr<Command> make_requests_show() {
  return std::make_unique<RequestsShow>();
}

std::unique_ptr<Command> make_requests_replay() {
  return std::make_unique<RequestsReplay>();
}

}  // namespace thig
