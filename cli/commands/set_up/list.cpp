#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/incoming_view.h"
#include "cli/views/webhook_view.h"
#include "core/api/webhook_query.h"
#include "core/api/words.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// The time with what came of it.
Cell with_outcome(Cell cell, const EndpointStats& stats) {
  if (!stats.last_attempt_at) return cell;
  cell.text += ", " + stats.last_outcome;
  cell.brief += ", " + stats.last_outcome;
  return cell;
}

const std::vector<std::string> kinds = {"outgoing", "incoming"};

class List final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Success rate: share of attempts answered with 2xx. Last delivery: time and status of the "
        "newest attempt. Total: number of attempts. Tab-separated columns when piped: name, id, "
        "URL, events, state, success rate, time and status of the last delivery, total, disabled "
        "since, reason, failing since.");
    flags.example("thig-hooks list", "List all webhooks");
    flags.example("thig-hooks list 'shop-*' --state failing,paused",
                  "List webhooks by name and state");
    flags.example("thig-hooks list --json | jq -r '.[] | select(.status == \"disabled\") | .name'",
                  "Print the names of disabled webhooks");
    flags
        .positionals("KIND", words_,
                     "Kind: outgoing (default) or incoming; then names, ids or patterns")
        .choices = kinds;
    flags
        .parts("--state", "STATE",
               "Only webhooks in one of these states; failing: the last attempts failed; paused: "
               "nothing is sent for a while after failures",
               [this](const std::string& text) -> Status {
                 const auto status = parse_webhook_status(text);
                 if (!status) return std::unexpected(not_a_choice(text, webhook_states()));
                 states_.push_back(*status);
                 return {};
               })
        .choices = webhook_states();
  }

  Result<ExitCode> run(Context& context) override {
    const bool incoming = take_kind() == "incoming";
    THIG_TRY_ASSIGN(store, context.store_if_any());
    if (store) THIG_TRY(check_words(*store));
    if (incoming) return list_incoming(context, store);
    THIG_TRY_ASSIGN(any, context.json() ? list_json(context, store) : list_table(context, store));
    if (store && !any) context.note(nothing("no webhooks yet; add one: thig-hooks add outgoing"));
    return ExitCode::done;
  }

 private:
  // The first word, where it is one; the others are names.
  std::string take_kind() {
    if (words_.empty() || (words_.front() != "outgoing" && words_.front() != "incoming")) {
      return "outgoing";
    }
    std::string kind = words_.front();
    words_.erase(words_.begin());
    return kind;
  }

  // A name that is not there is a slip of the pen; a pattern may match nothing.
  Status check_words(Store& store) const {
    for (const std::string& word : words_) {
      if (is_webhook_pattern(word)) continue;
      const auto found = find_any_webhook(store.config(), store.incoming(), word);
      if (found) continue;
      Error error = not_a_choice(word, kinds);
      const bool meant_kind = word == words_.front() && !error.hint.empty();
      return std::unexpected(meant_kind ? std::move(error) : found.error());
    }
    return {};
  }

  bool is_wanted(const std::string& name, const std::string& id, WebhookStatus status) const {
    const bool named = words_.empty() || std::ranges::any_of(words_, [&](const std::string& word) {
                         return word == name || word == id || matches_pattern(word, name);
                       });
    return named && (states_.empty() || std::ranges::find(states_, status) != states_.end());
  }

  std::string nothing(std::string_view otherwise) const {
    return std::string(words_.empty() && states_.empty() ? otherwise : "no webhooks match");
  }

  template <class View>
  std::vector<View> wanted_of(std::vector<View> views, Time now) const {
    std::erase_if(views, [&](const View& view) {
      return !is_wanted(view.endpoint.name, to_text(view.endpoint.id), status_of(view, now));
    });
    return views;
  }

  // These answer whether there are any.
  Result<bool> list_json(Context& context, Store* store) const {
    std::vector<WebhookView> views;
    const Time now = context.now();
    if (store) {
      THIG_TRY_ASSIGN(found, list_webhooks(*store));
      views = wanted_of(std::move(found), now);
    }
    context.out().stream();
    write_webhooks(views, now, [&](std::string_view part) { context.out().write(part); });
    context.out().line("");
    return !views.empty();
  }

  Result<bool> list_table(Context& context, Store* store) const {
    if (!store) return false;
    THIG_TRY_ASSIGN(found, summarize_webhooks(*store));
    const std::vector<SummaryView> views = wanted_of(std::move(found), context.now());
    context.out().stream();
    THIG_TRY(write_table(context, views));
    return !views.empty();
  }

  Result<ExitCode> list_incoming(Context& context, Store* store) const {
    std::vector<IncomingView> views;
    if (store) {
      THIG_TRY_ASSIGN(found, list_incoming_webhooks(*store));
      views = std::move(found);
      std::erase_if(views, [&](const IncomingView& view) {
        return !is_wanted(view.hook.name, to_text(view.hook.id),
                          view.hook.enabled ? WebhookStatus::enabled : WebhookStatus::disabled);
      });
    }
    if (context.json()) {
      context.out().line(incoming_list_document(views));
      return ExitCode::done;
    }
    if (store && views.empty()) {
      context.note(nothing("no incoming webhooks yet; add one: thig-hooks add incoming"));
    }
    if (views.empty()) return ExitCode::done;
    Table table({{.header = "NAME", .shrinks = true},
                 {.header = "ID", .optional = true},
                 {.header = "ACTION", .shrinks = true},
                 {.header = "VERIFIED AS"},
                 {.header = "STATE"},
                 {.header = "RECEIVED", .right = true},
                 {.header = "FAILED", .right = true},
                 {.header = "REJECTED", .right = true, .optional = true},
                 {.header = "DUPLICATES", .right = true, .optional = true},
                 {.header = "LAST REQUEST"},
                 {.header = "LAST OUTCOME"}});
    for (const auto& [hook, stats] : views) {
      table.row({{.text = hook.name, .style = Style::bold},
                 {.text = to_text(hook.id), .style = Style::dim},
                 {.text = describe_action(hook.action)},
                 {.text = hook.scheme.empty() ? "-" : hook.scheme},
                 {.text = hook.enabled ? "enabled" : "disabled",
                  .style = hook.enabled ? Style::good : Style::bad},
                 {.text = std::to_string(stats.received)},
                 {.text = std::to_string(stats.failed)},
                 {.text = std::to_string(stats.rejected)},
                 {.text = std::to_string(stats.duplicates)},
                 time_cell(stats.last_request_at, context.now()),
                 {.text = stats.last_outcome}});
    }
    THIG_TRY(print_table(context, table));
    return ExitCode::done;
  }

  static Status write_table(Context& context, const std::vector<SummaryView>& views) {
    if (views.empty()) return {};
    using enum Column::Where;
    Table table(
        {{.header = "NAME", .shrinks = true},
         {.header = "ID", .optional = true},
         {.header = "URL", .shrinks = true, .yields = true, .least = 20},
         {.header = "EVENTS", .shrinks = true, .optional = true},
         {.header = "STATE"},
         {.header = "SUCCESS", .right = true},
         {.header = "LAST DELIVERY", .where = terminal},
         {.header = "last time", .where = piped},
         {.header = "last status", .where = piped},
         {.header = "TOTAL", .right = true},
         {.header = "NOTE", .where = terminal, .shrinks = true, .optional = true, .least = 30},
         {.header = "disabled since", .where = piped},
         {.header = "reason", .where = piped},
         {.header = "failing since", .where = piped}});
    THIG_TRY(choose_columns(context, table));
    const Time now = context.now();
    for (const SummaryView& view : views) {
      if (context.for_eyes()) {
        table.row(cells(view, now));
      } else {
        context.out().write(table.tab_line(cells(view, now)));
      }
    }
    return context.for_eyes() ? print_table(context, table) : Status();
  }

  static std::vector<Cell> cells(const SummaryView& view, Time now) {
    const EndpointSummary& endpoint = view.endpoint;
    const EndpointStats& stats = view.stats;
    const bool disabled = endpoint.state == EndpointState::disabled;
    const Cell last = time_cell(stats.last_attempt_at, now);
    return {{.text = endpoint.name, .style = Style::bold},
            {.text = to_text(endpoint.id), .style = Style::dim},
            {.text = endpoint.url},
            {.text = join(endpoint.events, ",")},
            state_cell(status_of(view, now)),
            {.text = format_rate(stats.success_rate())},
            with_outcome(last, stats),
            last,
            {.text = stats.last_outcome},
            {.text = std::to_string(stats.attempts())},
            {.text = describe_trouble(view, now), .style = Style::dim},
            disabled ? time_cell(endpoint.state_since, now) : Cell{},
            {.text = endpoint.state_reason},
            time_cell(stats.failing_since, now)};
  }

  std::vector<std::string> words_;
  std::vector<WebhookStatus> states_;
};

}  // namespace

std::unique_ptr<Command> make_list() {
  return std::make_unique<List>();
}

}  // namespace thig
