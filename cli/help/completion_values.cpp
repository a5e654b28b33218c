#include "cli/help/completion_values.h"

#include "cli/app/commands.h"
#include "cli/config/settings.h"
#include "cli/help/topics.h"
#include "cli/views/incoming_view.h"
#include "core/dispatch/router.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

using Candidates = std::vector<Candidate>;

constexpr std::size_t most_ids = 100;

// Null if there is no database to read.
Store* store_of(Context& context) {
  auto store = context.store(StoreUse::read);
  return store ? *store : nullptr;
}

Candidates webhooks(Context& context) {
  Candidates found;
  Store* store = store_of(context);
  if (store == nullptr) return found;
  if (const auto endpoints = store->config().endpoint_summaries()) {
    for (const EndpointSummary& endpoint : *endpoints) {
      const bool enabled = endpoint.state == EndpointState::enabled;
      found.push_back({endpoint.name, (enabled ? "" : "disabled: ") + endpoint.url});
    }
  }
  if (const auto hooks = store->incoming().hooks()) {
    for (const IncomingHook& hook : *hooks) {
      found.push_back({hook.name, "incoming: " + describe_action(hook.action)});
    }
  }
  return found;
}

// The built-in ones where there is no database.
std::vector<EventType> event_types(Context& context) {
  if (Store* store = store_of(context)) {
    if (auto types = known_event_types(store->config())) return *std::move(types);
  }
  return {event_catalog().begin(), event_catalog().end()};
}

Candidates types(Context& context) {
  Candidates found;
  for (const EventType& type : event_types(context)) {
    found.push_back({type.name, type.description});
  }
  return found;
}

Candidates patterns(Context& context) {
  const std::vector<EventType> all = event_types(context);
  Candidates found = {{"*", "All events"}};
  for (const EventType& type : all) {
    for (auto dot = type.name.find('.'); dot != type.name.npos;
         dot = type.name.find('.', dot + 1)) {
      std::string pattern = type.name.substr(0, dot) + ".*";
      if (std::ranges::find(found, pattern, &Candidate::value) != found.end()) continue;
      found.push_back({std::move(pattern), fmt::format("All {} events", type.name.substr(0, dot))});
    }
  }
  for (const EventType& type : all) found.push_back({type.name, type.description});
  return found;
}

std::vector<Delivery> newest_deliveries(Context& context) {
  Store* store = store_of(context);
  if (store == nullptr) return {};
  DeliveryFilter newest;
  newest.limit = most_ids;
  auto deliveries = store->history().deliveries(newest);
  return deliveries ? std::move(*deliveries) : std::vector<Delivery>();
}

Candidates delivery_ids(Context& context) {
  Candidates found;
  for (const Delivery& delivery : newest_deliveries(context)) {
    found.push_back(
        {to_text(delivery.id), fmt::format("{} to {}, {}", delivery.event_type,
                                           delivery.endpoint_name, to_text(delivery.state))});
  }
  return found;
}

Candidates event_ids(Context& context) {
  Candidates found;
  for (const Delivery& delivery : newest_deliveries(context)) {
    std::string id = to_text(delivery.id.event);
    if (!found.empty() && found.back().value == id) continue;
    found.push_back({std::move(id), fmt::format("{}, {}", delivery.event_type,
                                                format_rfc3339(time_of(delivery.id.event)))});
  }
  return found;
}

Candidates request_ids(Context& context) {
  Candidates found;
  Store* store = store_of(context);
  if (store == nullptr) return found;
  const auto hooks = store->incoming().hooks();
  RequestFilter newest;
  newest.limit = most_ids;
  const auto requests = store->requests().list(newest);
  if (!hooks || !requests) return found;
  for (const IncomingRequest& request : *requests) {
    const auto hook = std::ranges::find(*hooks, request.hook, &IncomingHook::id);
    found.push_back(
        {to_text(request.id),
         fmt::format("{}, {}", hook == hooks->end() ? "" : hook->name, to_text(request.state))});
  }
  return found;
}

Candidates projects(Context& context) {
  Candidates found;
  Store* store = store_of(context);
  if (store == nullptr) return found;
  if (const auto projects = store->requests().projects(most_ids)) {
    for (const Project& project : *projects) {
      found.push_back({project.name, fmt::format("{}, {}", to_text(project.id), project.status)});
    }
  }
  return found;
}

Candidates members(Context& context) {
  Candidates found;
  Store* store = store_of(context);
  if (store == nullptr) return found;
  if (const auto all = store->config().members()) {
    for (const Member& member : *all) {
      found.push_back({member.name, std::string(to_text(member.role))});
    }
  }
  return found;
}

Candidates help_topics(Context&) {
  Candidates found = command_candidates("");
  for (const Topic& topic : topics()) {
    found.push_back({std::string(topic.name), std::string(topic.summary)});
  }
  return found;
}

Candidates config_keys(Context&) {
  Candidates found;
  const ConfigKeys keys;
  for (const ConfigKeys::Key& key : keys.all()) {
    found.push_back({std::string(key.name()), key.item->help});
  }
  return found;
}

struct Source {
  std::string_view kind;
  Candidates (*values)(Context&);
};
constexpr Source sources[] = {
    {"DLV", delivery_ids},  {"EVENT", types},      {"EVT", event_ids},    {"KEY", config_keys},
    {"MEMBER", members},    {"PATTERN", patterns}, {"PROJECT", projects}, {"REQ", request_ids},
    {"TOPIC", help_topics}, {"TYPE", types},       {"WEBHOOK", webhooks},
};

}  // namespace

std::string value_kind(const Flags::Item& item) {
  constexpr std::string_view more = "…";
  std::string kind = item.value;
  if (kind.ends_with(more)) kind.resize(kind.size() - more.size());
  return kind;
}

bool has_values(std::string_view kind) {
  return std::ranges::find(sources, kind, &Source::kind) != std::end(sources);
}

std::vector<Candidate> values_of(std::string_view kind, Context& context) {
  const auto source = std::ranges::find(sources, kind, &Source::kind);
  return source == std::end(sources) ? Candidates() : source->values(context);
}

std::vector<Candidate> command_candidates(std::string_view group) {
  Candidates found;
  if (!group.empty()) {
    for (const CommandEntry* entry : subcommands_of(group)) {
      found.push_back(
          {std::string(entry->name.substr(group.size() + 1)), std::string(entry->summary)});
    }
    return found;
  }
  for (std::string& word : command_words()) {
    std::string what;
    if (const CommandEntry* entry = find_command(word)) {
      what = entry->summary;
    } else {
      std::vector<std::string> seconds;
      for (const Candidate& second : command_candidates(word)) seconds.push_back(second.value);
      what = fmt::format("{}", fmt::join(seconds, ", "));
    }
    found.push_back({std::move(word), std::move(what)});
  }
  return found;
}

}  // namespace thig
