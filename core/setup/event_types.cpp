#include "core/setup/event_types.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/json_layout.h"
#include "core/rules/access.h"
#include "core/setup/audit.h"
#include "core/setup/in_transaction.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_description = 500;

Status check_not_built_in(std::string_view name) {
  if (find_builtin_event_type(name) == nullptr) return {};
  return fail(ErrorCode::conflict, fmt::format("the event type {} is built in", name),
              "choose another name");
}

Result<std::string> own_type_json(ConfigStore& config, std::string_view name) {
  THIG_TRY_ASSIGN(types, config.own_event_types());
  const auto found = std::ranges::find(types, name, &EventType::name);
  return found == types.end() ? std::string() : event_type_json(*found);
}

}  // namespace

std::string event_type_json(const EventType& type) {
  JsonWriter json;
  json.begin_object().key("category").text(type.category);
  json.key("description").text(type.description).key("sample").raw(lay_out_json(type.sample, {}));
  return json.end_object().take();
}

Result<ChangeResult> add_event_type(ConfigStore& config, const Member& actor, const EventType& type,
                                    Time now) {
  THIG_TRY(check_access(actor, Action::configure));
  if (!is_event_type_name(type.name)) {
    return fail(ErrorCode::invalid, fmt::format("not a valid event type name: \"{}\"", type.name),
                "write it as lower-case words with dots between them, such as invoice.paid");
  }
  THIG_TRY(check_not_built_in(type.name));
  for (const std::string& text : {type.description, type.category}) {
    if (text.size() <= longest_description && is_plain_text(text)) continue;
    return fail(
        ErrorCode::invalid,
        fmt::format("a description must be one line of at most {} bytes", longest_description));
  }
  THIG_TRY(check_event_data(type.name, type.sample));
  return in_transaction(config, [&]() -> Result<ChangeResult> {
    THIG_TRY_ASSIGN(before, own_type_json(config, type.name));
    const JsonDifference difference = json_difference(before, event_type_json(type));
    if (difference.empty()) return ChangeResult::unchanged;
    THIG_TRY(
        change_noted(config, actor, now,
                     {.action = "event-type.add", .subject = type.name, .difference = difference},
                     [&] { return config.put_event_type(type, now); }));
    return before.empty() ? ChangeResult::created : ChangeResult::changed;
  });
}

Status remove_event_type(ConfigStore& config, const Member& actor, std::string_view name,
                         Time now) {
  THIG_TRY(check_access(actor, Action::configure));
  THIG_TRY(check_not_built_in(name));
  THIG_TRY_ASSIGN(before, own_type_json(config, name));
  return change_noted(config, actor, now,
                      {.action = "event-type.remove",
                       .subject = name,
                       .difference = {.before = before, .after = {}}},
                      [&] { return config.remove_event_type(name, now); });
}

}  // namespace thig
