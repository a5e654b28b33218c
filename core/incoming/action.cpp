#include "core/incoming/action.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/dispatch/emitter.h"
#include "core/rules/incoming_rules.h"
#include "core/rules/pointed_values.h"
#include "core/rules/request_body.h"
#include "core/rules/request_values.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int made_id_bits = 60;
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_text = 64u << 10;
constexpr std::string_view first_status = "DRAFT";

ActionOutcome failed(std::string detail) {
  return {.state = RequestState::failed, .detail = std::move(detail), .effects = {}};
}

// The headers as they were recorded.
std::vector<Header> headers_of(const IncomingRequest& request) {
  std::vector<Header> headers;
  for (const JsonMember& member : json_members(request.headers)) {
    headers.push_back({member.name, json_text(member.value).value_or("")});
  }
  return headers;
}

// Of the conditions and fields.
std::vector<std::string> pointers_of(const IncomingAction& action) {
  std::vector<std::string> pointers;
  const auto add = [&](const ValueRef& ref) {
    if (ref.source == ValueSource::pointer) pointers.push_back(ref.text);
  };
  for (const Condition& condition : action.conditions) add(condition.value);
  for (const FieldRule& rule : action.fields) add(rule.value);
  return pointers;
}

// What values are taken from; nothing if the action takes none from the body.
Result<std::string> json_of(const IncomingHook& hook, const IncomingRequest& request) {
  if (!reads_json(hook.action)) return std::string();
  return body_as_json(request.content_type, request.body, largest_incoming_body);
}

class Preparing {
 public:
  Preparing(const IncomingHook& hook, const IncomingRequest& request, IncomingRequestStore& store,
            Router& router, Random& random, Time now)
      : hook_(hook),
        headers_(headers_of(request)),
        json_(json_of(hook, request)),
        pointed_(json_ ? std::string_view(*json_) : std::string_view(), pointers_of(hook.action)),
        view_{.body = json_ ? std::string_view(*json_) : std::string_view(),
              .headers = headers_,
              .query = request.query,
              .pointed = &pointed_},
        store_(store),
        router_(router),
        random_(random),
        now_(now) {}

  Result<ActionOutcome> prepare() {
    // It was checked when it came, if the action was then what it is now.
    if (!json_) return failed(json_.error().text);
    if (const Condition* unmet = first_unmet(hook_.action.conditions, view_)) {
      return ActionOutcome{.state = RequestState::skipped,
                           .detail = "condition not met: " + to_text(*unmet),
                           .effects = {}};
    }
    for (const FieldRule& rule : hook_.action.fields) {
      auto found = value_of(rule.value, view_);
      if (!found) found = rule.fallback;
      if (!found && is_required_field(hook_.action.kind, rule.field)) {
        return failed(fmt::format("no value for {}: there is nothing at {}", rule.field,
                                  to_text(rule.value)));
      }
      values_.push_back(std::move(found));
    }
    switch (hook_.action.kind) {
      case ActionKind::create_project:
        return create_project();
      case ActionKind::add_note:
        return add_note();
      case ActionKind::emit:
        return emit();
      case ActionKind::run:
        return ActionOutcome{};
    }
    return failed("unknown action");
  }

 private:
  std::string field(std::string_view name, std::size_t most) const {
    const auto& fields = hook_.action.fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].field == name) return to_valid_utf8(values_[i].value_or(""), most);
    }
    return {};
  }

  std::string source() const {
    std::string given = field("source", longest_name);
    return given.empty() ? hook_.name : given;
  }

  // The outcome with the event that tells of it, if anybody can be told.
  Result<ActionOutcome> tell(ActionOutcome outcome, std::string_view type, std::string data) {
    auto event = router_.route(type, std::move(data));
    if (!event) return failed(event.error().text);
    outcome.effects.events.push_back(std::move(*event));
    return outcome;
  }

  Result<ActionOutcome> create_project() {
    Project project{.id = {random_.bits(made_id_bits)},
                    .name = field("name", longest_name),
                    .status = field("status", longest_name),
                    .description = field("description", longest_text),
                    .source = source(),
                    .created_at = now_};
    if (project.name.find_first_not_of(" \t\r\n") == std::string::npos) {
      return failed("no value for name: it is empty");
    }
    if (project.status.empty()) project.status = first_status;
    JsonWriter json;
    json.begin_object().key("projectId").text(to_text(project.id));
    json.key("name").text(project.name).key("status").text(project.status);
    json.key("source").text(project.source).end_object();
    ActionOutcome outcome{
        .state = RequestState::done, .detail = "project " + to_text(project.id), .effects = {}};
    outcome.effects.project = std::move(project);
    return tell(std::move(outcome), "project.created", json.take());
  }

  Result<ActionOutcome> add_note() {
    auto project = store_.find_project(field("project", longest_name));
    if (!project && project.error().code == ErrorCode::not_found) {
      return failed(project.error().text);
    }
    if (!project) return std::unexpected(std::move(project).error());
    Note note{.id = {random_.bits(made_id_bits)},
              .project = project->id,
              .text = field("text", longest_text),
              .source = source(),
              .created_at = now_};
    if (note.text.empty()) return failed("no value for text: it is empty");
    JsonWriter json;
    json.begin_object().key("projectId").text(to_text(note.project));
    json.key("noteId").text(to_text(note.id)).key("text").text(note.text);
    json.key("source").text(note.source).end_object();
    ActionOutcome outcome{
        .state = RequestState::done,
        .detail = fmt::format("{} of {}", to_text(note.id), to_text(note.project)),
        .effects = {}};
    outcome.effects.note = std::move(note);
    return tell(std::move(outcome), "project.note_added", json.take());
  }

  Result<ActionOutcome> emit() {
    std::string data(view_.body);
    if (!hook_.action.fields.empty()) data = object_of_fields();
    const auto checked = check_event_data(hook_.action.event_type, data);
    if (!checked) return failed(checked.error().text);
    return tell({.state = RequestState::done,
                 .detail = "event of type " + hook_.action.event_type,
                 .effects = {}},
                hook_.action.event_type, std::move(data));
  }

  // What was JSON stays what it was: numbers numbers, objects objects. What is not there is null,
  // so that an event of a kind always has the same members.
  std::string object_of_fields() const {
    JsonWriter json;
    json.begin_object();
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const FieldRule& rule = hook_.action.fields[i];
      json.key(rule.field);
      const auto slice =
          rule.value.source == ValueSource::pointer ? pointed_.at(rule.value.text) : std::nullopt;
      if (slice && json_kind(*slice) != JsonKind::null) {
        json.raw(*slice);
      } else if (values_[i]) {
        json.text(*values_[i]);
      } else {
        json.null();
      }
    }
    return json.end_object().take();
  }

  const IncomingHook& hook_;
  std::vector<Header> headers_;
  Result<std::string> json_;
  PointedValues pointed_;
  RequestView view_;
  // Of the action's fields, in their order; nothing where the request has none.
  std::vector<std::optional<std::string>> values_;
  IncomingRequestStore& store_;
  Router& router_;
  Random& random_;
  Time now_;
};

}  // namespace

Result<ActionOutcome> prepare_action(const IncomingHook& hook, const IncomingRequest& request,
                                     IncomingRequestStore& store, Router& router, Random& random,
                                     Time now) {
  return Preparing(hook, request, store, router, random, now).prepare();
}

CommandCall command_call(const IncomingHook& hook, const IncomingRequest& request) {
  CommandCall call{.command = hook.action.command,
                   .directory = hook.action.directory,
                   .environment = {},
                   .input = request.body,
                   .timeout = hook.action.timeout};
  const auto add = [&](std::string_view name, std::string value) {
    // An environment ends at a NUL.
    value.erase(std::ranges::find(value, '\0'), value.end());
    call.environment.push_back(fmt::format("HOOK_{}={}", name, value));
  };
  add("NAME", hook.name);
  add("REQUEST_ID", to_text(request.id));
  add("ATTEMPT", std::to_string(std::max(request.starts, 1)));
  add("RECEIVED_AT", format_rfc3339(request.received_at));
  add("PEER", request.peer);
  add("CONTENT_TYPE", request.content_type);
  add("DELIVERY_ID", request.delivery_id);
  add("QUERY", request.query);
  return call;
}

ActionOutcome outcome_of(const CommandEnd& end) {
  return {.state = end.failure.empty() ? RequestState::done : RequestState::failed,
          .detail = describe(end),
          .effects = {}};
}

}  // namespace thig
