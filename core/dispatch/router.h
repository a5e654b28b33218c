// Who gets an event, by the configuration as it was at one version.
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"
#include "core/model/event.h"
#include "core/model/event_catalog.h"
#include "core/store/config_store.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace thig {

class Router {
 public:
  // Knows nothing and routes nothing; at a version no store has.
  Router() = default;
  static Result<Router> load(ConfigStore& config);

  std::int64_t version() const { return version_; }
  // Built-in and own types, by name.
  const std::vector<EventType>& event_types() const { return types_; }
  const EventType* find_type(std::string_view name) const;
  // The webhooks that are enabled, by id.
  std::vector<EndpointId> enabled() const;

  // The event with everyone who gets it, by id. `not_found` for an unknown type, with the nearest
  // known one in the hint. `data` must be valid JSON already; it is looked at once, and only if a
  // webhook that subscribes to the type has conditions.
  Result<NewEvent> route(std::string_view type, std::string data);

 private:
  struct Recipients {
    std::vector<EndpointId> queue;         // whatever is in the event
    std::vector<EndpointId> missed;        // likewise
    std::vector<std::size_t> conditional;  // those of the routes that have conditions
    std::vector<std::string> pointers;     // of these conditions
  };
  const Recipients& recipients_of(const std::string& type);
  void add_conditional(NewEvent& event, const Recipients& recipients) const;

  std::int64_t version_ = -1;
  std::vector<EndpointRoute> routes_;
  std::vector<EventType> types_;
  std::unordered_map<std::string, Recipients> recipients_;  // of the types asked for so far
};

// Built-in types and the organisation's own, by name.
Result<std::vector<EventType>> known_event_types(ConfigStore& config);

// `not_found` for a type that is not among `types`, with the nearest one in the hint.
Error unknown_event_type(std::string_view type, const std::vector<EventType>& types);

}  // namespace thig
