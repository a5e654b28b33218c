#include "core/web/pages/incoming/incoming_words.h"

#include "core/rules/generic_scheme.h"
#include "core/web/pages/html/parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig::pages {
namespace {

std::string_view sign_class(RequestState state) {
  switch (state) {
    case RequestState::pending:
      return "pending";
    case RequestState::done:
      return "delivered";
    case RequestState::failed:
      return "failed-s";
    case RequestState::rejected:
      return "failing";
    case RequestState::skipped:
    case RequestState::duplicate:
      return "off";
  }
  return "off";
}

}  // namespace

std::string describe_action(const IncomingAction& action) {
  switch (action.kind) {
    case ActionKind::create_project:
      return "Create a project";
    case ActionKind::add_note:
      return "Add a note";
    case ActionKind::emit:
      return "Emit " + action.event_type;
    case ActionKind::run:
      return fmt::format("Run {}", fmt::join(action.command, " "));
  }
  return std::string(to_text(action.kind));
}

std::string describe_scheme(std::string_view scheme) {
  if (scheme.empty()) return "not signed";
  if (is_generic(scheme)) return std::string(scheme);
  const auto rows = schemes_named(scheme);
  return rows.empty() ? std::string(scheme) : rows.front()->sender;
}

Html request_sign(RequestState state) {
  return sign(sign_class(state), to_text(state));
}

std::string outcome_line(const IncomingRequest& request) {
  if (!request.detail.empty()) return request.detail;
  switch (request.state) {
    case RequestState::pending:
      return "waiting for its action";
    case RequestState::duplicate:
      return "received before";
    default:
      return std::string(to_text(request.state));
  }
}

}  // namespace thig::pages
