#include "core/engine/event_types.h"

#include "core/base/codec.h"
#include "core/rules/access.h"

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_description = 500;

Status check_not_built_in(std::string_view name) {
  if (find_builtin_event_type(name) == nullptr) return {};
  return fail(ErrorCode::conflict, fmt::format("{} is a built-in event type", name),
              "choose another name");
}

}  // namespace

Status add_event_type(ConfigStore& config, const Member& actor, const EventType& type, Time now) {
  THIG_TRY(check_access(actor, Action::configure));
  if (!is_event_type_name(type.name)) {
    return fail(ErrorCode::invalid, fmt::format("\"{}\" is no name of an event type", type.name),
                "write it as lower-case words with dots between them, such as invoice.paid");
  }
  THIG_TRY(check_not_built_in(type.name));
  for (const std::string& text : {type.description, type.category}) {
    if (text.size() <= longest_description && printable(text) == text) continue;
    return fail(ErrorCode::invalid,
                fmt::format("descriptions are one line of up to {} bytes", longest_description));
  }
  THIG_TRY(check_event_data(type.name, type.sample));
  return config.put_event_type(type, now);
}

Status remove_event_type(ConfigStore& config, const Member& actor, std::string_view name,
                         Time now) {
  THIG_TRY(check_access(actor, Action::configure));
  THIG_TRY(check_not_built_in(name));
  return config.remove_event_type(name, now);
}

}  // namespace thig
