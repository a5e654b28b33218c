#include "core/model/event.h"

#include "core/base/hmac.h"
#include "core/base/json.h"

namespace thig {

bool matches(std::string_view pattern, std::string_view event_type) {
  if (pattern == "*") return true;
  if (!pattern.ends_with(".*")) return pattern == event_type;
  const std::string_view prefix = pattern.substr(0, pattern.size() - 1);  // with its dot
  return event_type.size() > prefix.size() && event_type.starts_with(prefix);
}

// No type has a NUL in it, so it is certain where the data begins.
std::string content_hash(std::string_view type, std::string_view data) {
  std::string content;
  content.reserve(type.size() + 1 + data.size());
  content.append(type).append(1, '\0').append(data);
  return hash(Digest::sha256, content);
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
