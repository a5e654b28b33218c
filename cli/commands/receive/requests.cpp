#include "core/incoming/requests.h"

#include "cli/app/command.h"
#include "cli/commands/receive/receive.h"
#include "cli/files/input.h"
#include "cli/flags/follow_flag.h"
#include "cli/flags/time_range.h"
#include "cli/terminal/confirm.h"
#include "cli/terminal/follow.h"
#include "cli/views/incoming_view.h"
#include "core/api/follower.h"
#include "core/api/request_query.h"
#include "core/api/shell_words.h"
#include "core/base/codec.h"
#include "core/incoming/action_runner.h"
#include "core/incoming/orphans.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

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
    flags.example("thig-hooks requests --state failed --since 2h",
                  "List the requests of the last two hours whose action failed");
    flags.example("thig-hooks requests --follow", "Watch requests as they come, until Ctrl-C");
    flags.text("--webhook", "WEBHOOK", query_.webhook, "Only requests of this incoming webhook");
    flags
        .choice("--state", "STATE", {request_states().begin(), request_states().end()},
                query_.state, "Only requests in this state")
        .fallback = "all";
    range_.declare(flags, "Only requests received");
    flags.text("--before", "REQ", query_.before,
               "Continue after this request, the last one of the previous page");
    flags.number("--limit", "N", limit_, 1, 10'000, "Maximum number of requests");
    follow_.declare(flags, "requests");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, follow_.store(context));
    if (!store) {
      if (context.json()) context.out().line("[]");
      return ExitCode::done;
    }
    query_.limit = static_cast<std::size_t>(limit_);
    THIG_TRY(range_.read_into(query_, context));
    if (follow_.given) return follow_requests(context, *store);
    THIG_TRY_ASSIGN(found, find_requests(*store, query_, context.now(), command_wording()));
    if (context.json()) {
      context.out().line(requests_document(found.requests, found.names));
    } else {
      THIG_TRY(write_table(context, found));
    }
    if (found.more) {
      THIG_TRY_ASSIGN(range, range_.read(context.now()));
      context.note("older requests: " + next_command(context, range, found.requests.back().id));
    }
    if (found.requests.empty()) context.note("no requests found");
    return ExitCode::done;
  }

 private:
  // First the newest, as many as a page has.
  Result<ExitCode> follow_requests(Context& context, Store& store) {
    Follower<RequestId, RequestState> follower;
    if (context.json()) context.out().write_json_lines();
    const Time began = context.now();  // what --since 2h means stays the same
    const auto look = [&]() -> Status {
      THIG_TRY_ASSIGN(found, find_requests(store, query_, began, command_wording()));
      query_.limit = most_followed;
      const auto fresh = follower.fresh(
          std::move(found.requests), [](const IncomingRequest& one) { return one.id; },
          [](const IncomingRequest& one) { return one.state; });
      if (context.json()) {
        context.out().line(requests_document(fresh, found.names));
        return {};
      }
      for (const IncomingRequest& request : fresh) write_line(context, request, found.names);
      return {};
    };
    THIG_TRY(follow(context, between_looks_at_a_list, look));
    return ExitCode::done;
  }

  static void write_line(Context& context, const IncomingRequest& request, const HookNames& names) {
    const auto name = names.find(request.hook);
    const std::string_view gap = context.for_eyes() ? "  " : "\t";
    const std::string state(to_text(request.state));
    context.out().line(fmt::format(
        "{}{}{}{}{}{}{}{}{}", format_rfc3339(request.received_at), gap, to_text(request.id), gap,
        name == names.end() ? std::string() : printable(name->second), gap,
        paint(state, style_of(request.state), context.out_colour() && context.for_eyes()), gap,
        printable(request.detail)));
  }

  std::string next_command(const Context& context, const TimeRange& range, RequestId after) const {
    ShellCommand next("thig-hooks requests");
    if (!query_.webhook.empty()) next.flag("--webhook", query_.webhook);
    if (!query_.state.empty()) next.flag("--state", query_.state);
    repeat(range, next);
    if (query_.limit != requests_at_once) next.flag("--limit", std::to_string(limit_));
    next.flag("--before", to_text(after)).words(context.flags_to_repeat());
    return next.text();
  }

  static Status write_table(Context& context, const FoundRequests& found) {
    if (found.requests.empty()) return {};
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
    return print_table(context, table);
  }

  RequestQuery query_;
  TimeRangeFlags range_;
  FollowFlag follow_;
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

// The most that are run again by one call.
constexpr std::size_t most_replayed = 1000;
// Far more than the most ids there may be.
constexpr std::size_t longest_list = 64u << 10;

class RequestsReplay final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Runs the action again with the recorded body. The `thig-hooks serve-incoming` that runs "
        "actions for this database does it; if none is running, this command does it, and exits 1 "
        "if an action fails.");
    flags.about(
        "Name requests by id, or select them with --state, --webhook and --since: then it asks for "
        "confirmation, and replays up to 1,000, oldest first.");
    flags.example("thig-hooks requests replay req_0nvpz4gk204001",
                  "Replay a request after you have fixed the cause of its failure");
    flags.example("thig-hooks requests replay --state failed --since 2h",
                  "Replay everything that failed in the last two hours");
    flags.example("thig-hooks requests --state failed | cut -f2 | thig-hooks requests replay -",
                  "Replay the requests of a list");
    flags.positionals("REQ", words_,
                      "Request ids; - reads them from standard input, one per line; with several, "
                      "--json prints a list");
    flags.choice("--state", "STATE", {"failed", "skipped", "done"}, query_.state,
                 "All requests in this state");
    flags.text("--webhook", "WEBHOOK", query_.webhook, "Only requests of this incoming webhook");
    range_.declare(flags, "Only requests received");
    flags.toggle("--dry-run", dry_run_, "List the requests; run nothing");
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_call());
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(ids, chooses() ? chosen(context, *store) : named(context));
    if (dry_run_) return list(context, *store, ids);
    if (chooses() && !ids.empty() && !yes_) {
      THIG_TRY_ASSIGN(agreed, confirm(context, fmt::format("Replay {}?", count(ids))));
      if (!agreed) {
        context.note("nothing was replayed");
        return ExitCode::no;
      }
    }
    return replay(context, *store, ids);
  }

 private:
  bool chooses() const { return words_.empty(); }

  Status check_call() const {
    const bool by_filter = !query_.state.empty();
    if (!by_filter && words_.empty()) {
      return fail(ErrorCode::usage, "REQ is missing",
                  "name requests by their ids, or choose them: --state failed --since 2h");
    }
    const bool narrowed = !query_.webhook.empty() || range_.since_text || range_.until_text;
    if (!words_.empty() && (by_filter || narrowed)) {
      return fail(ErrorCode::usage, "ids and --state, --webhook, --since cannot be combined");
    }
    return {};
  }

  static std::string count(const std::vector<RequestId>& ids) {
    return count_of(static_cast<std::int64_t>(ids.size()), "request", "requests");
  }

  Result<std::vector<RequestId>> named(Context& context) const {
    std::vector<RequestId> ids;
    for (const std::string& word : words_) {
      if (word == "-") {
        THIG_TRY_ASSIGN(text, read_input(context, "-", longest_list, "REQ"));
        THIG_TRY_ASSIGN(listed, read_request_ids(text));
        ids.insert(ids.end(), listed.begin(), listed.end());
      } else {
        THIG_TRY_ASSIGN(id, read_request_id(word));
        ids.push_back(id);
      }
    }
    if (ids.size() <= most_replayed) return ids;
    return fail(ErrorCode::usage,
                fmt::format("{} requests are more than {}", ids.size(), most_replayed),
                "replay them in several calls");
  }

  // The oldest first, as they came.
  Result<std::vector<RequestId>> chosen(Context& context, Store& store) {
    query_.limit = most_replayed;
    THIG_TRY(range_.read_into(query_, context));
    THIG_TRY_ASSIGN(found, find_requests(store, query_, context.now(), command_wording()));
    std::vector<RequestId> ids;
    for (const IncomingRequest& request : found.requests) ids.push_back(request.id);
    std::ranges::reverse(ids);
    if (ids.empty()) context.note("no requests found");
    if (found.more) {
      context.note(
          fmt::format("these are the newest {}: repeat the command for older ones", most_replayed));
    }
    return ids;
  }

  Result<ExitCode> list(Context& context, Store& store, const std::vector<RequestId>& ids) const {
    std::vector<std::string> documents;
    for (const RequestId id : ids) {
      THIG_TRY_ASSIGN(request, store.requests().one(id));
      documents.push_back(replayed_document(request));
      if (!context.json()) {
        context.out().line(fmt::format("{}\t{}", to_text(id), to_text(request.state)));
      }
    }
    print(context, documents);
    context.note(fmt::format("dry run: {}, nothing was run", count(ids)));
    return ExitCode::done;
  }

  Result<ExitCode> replay(Context& context, Store& store, const std::vector<RequestId>& ids) const {
    THIG_TRY_ASSIGN(actor, context.actor(store));
    // All are found before the first one runs.
    for (const RequestId id : ids) THIG_TRY(store.requests().one(id));
    std::vector<std::string> documents;
    bool failed = false;
    for (const RequestId id : ids) {
      THIG_TRY(replay_request(store.requests(), actor, id));
      THIG_TRY_ASSIGN(ours, store.requests().own_actions());
      if (ours) THIG_TRY(act(context, store, id));
      THIG_TRY_ASSIGN(request, store.requests().one(id));
      documents.push_back(replayed_document(request));
      failed = failed || request.state == RequestState::failed;
      context.note(
          request.state == RequestState::pending
              ? fmt::format("{} will be run by serve-incoming; see: thig-hooks requests show {}",
                            to_text(id), to_text(id))
              : fmt::format("{} is {}: {}", to_text(id), to_text(request.state), request.detail));
    }
    print(context, documents);
    return failed ? ExitCode::no : ExitCode::done;
  }

  void print(Context& context, const std::vector<std::string>& documents) const {
    if (!context.json()) return;
    if (words_.size() == 1 && words_.front() != "-") return context.out().line(documents.front());
    context.out().line(fmt::format("[{}]", fmt::join(documents, ",")));
  }

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

  std::vector<std::string> words_;
  RequestQuery query_;
  TimeRangeFlags range_;
  bool dry_run_ = false;
  bool yes_ = false;
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
