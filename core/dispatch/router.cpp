#include "core/dispatch/router.h"

#include "core/rules/event_conditions.h"
#include "core/rules/filter.h"
#include "core/rules/pointed_values.h"
#include "core/rules/suggest.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace thig {
namespace {

// What has been added behind the first `sorted` takes its places among them.
void merge_added(std::vector<EndpointId>& into, std::size_t sorted) {
  const auto added = into.begin() + static_cast<std::ptrdiff_t>(sorted);
  std::sort(added, into.end());
  std::inplace_merge(into.begin(), added, into.end());
}

}  // namespace

Result<Router> Router::load(ConfigStore& config) {
  Router router;
  // The version first: a change that comes between the reads makes `accept` refuse it, and we load
  // again.
  THIG_TRY_ASSIGN(version, config.config_version());
  THIG_TRY_ASSIGN(routes, config.routes());
  THIG_TRY_ASSIGN(types, known_event_types(config));
  router.version_ = version;
  router.routes_ = std::move(routes);
  router.types_ = std::move(types);
  return router;
}

Result<std::vector<EventType>> known_event_types(ConfigStore& config) {
  THIG_TRY_ASSIGN(own, config.own_event_types());
  const auto builtin = event_catalog();
  std::vector<EventType> types(builtin.begin(), builtin.end());
  std::ranges::move(own, std::back_inserter(types));
  std::ranges::sort(types, {}, &EventType::name);
  return types;
}

const EventType* Router::find_type(std::string_view name) const {
  const auto found = std::ranges::lower_bound(types_, name, {}, &EventType::name);
  return found != types_.end() && found->name == name ? &*found : nullptr;
}

std::vector<EndpointId> Router::enabled() const {
  std::vector<EndpointId> ids;
  for (const EndpointRoute& route : routes_) {
    std::ranges::copy(route.enabled, std::back_inserter(ids));
  }
  std::ranges::sort(ids);
  return ids;
}

Result<NewEvent> Router::route(std::string_view type, std::string data) {
  NewEvent event{.type = std::string(type), .data = std::move(data), .queue = {}, .missed = {}};
  if (!find_type(type)) return std::unexpected(unknown_event_type(type, types_));
  const Recipients& recipients = recipients_of(event.type);
  event.queue = recipients.queue;
  event.missed = recipients.missed;
  if (!recipients.conditional.empty()) add_conditional(event, recipients);
  return event;
}

void Router::add_conditional(NewEvent& event, const Recipients& recipients) const {
  const std::string body = body_for_conditions(event.type, event.data);
  const PointedValues pointed(body, recipients.pointers);
  const std::size_t queued = event.queue.size();
  const std::size_t missed = event.missed.size();
  for (const std::size_t place : recipients.conditional) {
    const EndpointRoute& route = routes_[place];
    if (first_unmet(route.conditions, body, &pointed) != nullptr) {
      event.unmet += route.enabled.size();
      continue;
    }
    std::ranges::copy(route.enabled, std::back_inserter(event.queue));
    std::ranges::copy(route.disabled, std::back_inserter(event.missed));
  }
  merge_added(event.queue, queued);
  merge_added(event.missed, missed);
}

const Router::Recipients& Router::recipients_of(const std::string& type) {
  const auto [entry, fresh] = recipients_.try_emplace(type);
  if (!fresh) return entry->second;
  Recipients& recipients = entry->second;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const EndpointRoute& route = routes_[i];
    if (!subscribes(route.events, type)) continue;
    if (!route.conditions.empty()) {
      recipients.conditional.push_back(i);
      add_pointers(route.conditions, recipients.pointers);
      continue;
    }
    std::ranges::copy(route.enabled, std::back_inserter(recipients.queue));
    std::ranges::copy(route.disabled, std::back_inserter(recipients.missed));
  }
  std::ranges::sort(recipients.queue);
  std::ranges::sort(recipients.missed);
  return recipients;
}

Error unknown_event_type(std::string_view type, const std::vector<EventType>& types) {
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const EventType& known : types) names.push_back(known.name);
  const std::string near = nearest(type, names);
  return Error{ErrorCode::not_found, fmt::format("there is no event type '{}'", type),
               near.empty() ? Remark("see all types with: ", Operation{"events"})
                            : Remark(fmt::format("did you mean '{}'?", near))};
}

}  // namespace thig
