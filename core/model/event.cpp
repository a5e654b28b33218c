#include "core/model/event.h"

#include "core/base/json.h"

namespace thig {

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
