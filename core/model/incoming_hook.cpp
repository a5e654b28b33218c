#include "core/model/incoming_hook.h"

#include "core/base/enum_names.h"

namespace thig {
namespace {

constexpr EnumName<ActionKind> action_kinds[] = {
    {ActionKind::create_project, "create-project"},
    {ActionKind::add_note, "add-note"},
    {ActionKind::emit, "emit"},
    {ActionKind::run, "run"},
};

constexpr EnumName<RequestState> request_states[] = {
    {RequestState::pending, "pending"},     {RequestState::done, "done"},
    {RequestState::skipped, "skipped"},     {RequestState::failed, "failed"},
    {RequestState::duplicate, "duplicate"}, {RequestState::rejected, "rejected"},
};

}  // namespace

std::string_view to_text(ActionKind kind) {
  return enum_name(action_kinds, kind);
}

std::optional<ActionKind> parse_action_kind(std::string_view text) {
  return enum_value(action_kinds, text);
}

std::string_view to_text(RequestState state) {
  return enum_name(request_states, state);
}

std::optional<RequestState> parse_request_state(std::string_view text) {
  return enum_value(request_states, text);
}

}  // namespace thig
