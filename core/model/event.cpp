#include "core/model/event.h"

#include "core/base/json.h"

namespace thig {

bool matches(std::string_view pattern, std::string_view event_type) {
  if (pattern == "*") return true;
  if (!pattern.ends_with(".*")) return pattern == event_type;
  const std::string_view prefix = pattern.substr(0, pattern.size() - 1);  // with its dot
  return event_type.size() > prefix.size() && event_type.starts_with(prefix);
}

std::string event_body(EventId id, std::string_view type, Time at, std::string_view data) {
  JsonWriter json;
  json.begin_object();
  json.key("id").text(to_text(id));
  json.key("event").text(type);
  json.key("timestamp").text(format_rfc3339(at));
  json.key("data").raw(data);
  json.end_object();
  return json.take();
}

}  // namespace thig
