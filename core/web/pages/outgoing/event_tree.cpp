#include "core/dispatch/router.h"
#include "core/rules/filter.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/webhook_form.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr auto counted_span = std::chrono::days(7);
constexpr std::size_t most_counted_events = 20'000;  // some 10 ms

struct EventGroup {
  std::string category;
  std::vector<std::string> patterns;  // "project.*": of its types, where no other group has them
  std::vector<const EventType*> types;
  std::size_t chosen = 0;  // how many of the types are got
};

bool is_ticked(const std::vector<std::string>& chosen, std::string_view word) {
  return std::ranges::find(chosen, word) != chosen.end();
}

std::vector<EventGroup> group_events(std::span<const EventType> types,
                                     const std::vector<std::string>& chosen) {
  std::vector<EventGroup> groups;
  std::set<std::string> patterns;
  for (const EventType& type : types) {
    auto group = std::ranges::find(groups, type.category, &EventGroup::category);
    if (group == groups.end()) {
      group = groups.insert(group, {.category = type.category, .patterns = {}, .types = {}});
    }
    std::string pattern = type.name.substr(0, type.name.find('.')) + ".*";
    if (patterns.insert(pattern).second) group->patterns.push_back(std::move(pattern));
    group->types.push_back(&type);
    if (subscribes(chosen, type.name)) ++group->chosen;
  }
  std::ranges::stable_partition(groups, [](const EventGroup& group) { return group.chosen > 0; });
  return groups;
}

Html event_box(const EventType& type, const std::vector<std::string>& chosen,
               const RecentEvents& recent) {
  const bool ticked = is_ticked(chosen, type.name);
  std::string beside = !ticked && subscribes(chosen, type.name) ? "included" : "";
  if (const auto count = recent.by_type.find(type.name); count != recent.by_type.end()) {
    beside += (beside.empty() ? "" : " · ") + grouped(count->second);
  }
  Html told;
  if (!beside.empty()) told = html<" <small>{}</small>">(beside);
  return html<
      R"(<label class="pick" title="{}"><input type="checkbox" name="event" value="{}"{}>{}{}</label>)">(
      type.description, type.name, flag<"checked">(ticked), type.name, told);
}

// What the numbers beside the types are; nothing where there are none.
Html what_is_counted(const RecentEvents& recent) {
  if (recent.by_type.empty()) return {};
  if (recent.counted_to) {
    return html<
        R"(<p class="small dim">Next to a type: its events among the newest {}, including tests. The oldest of these is from {}.</p>)">(
        grouped(most_counted_events), full_time(time_of(*recent.counted_to)));
  }
  return html<
      R"(<p class="small dim">Next to a type: its recorded events of the last 7 days, including tests.</p>)">();
}

// The script shows it, and does what it is for.
Html tree_search() {
  return html<
      R"(<p class="acts" hidden><input type="search" data-tree autocomplete="off" placeholder="Find event types" aria-label="Find event types" aria-keyshortcuts="/"><small></small></p>)">();
}

Html pattern_box(std::string_view pattern, const std::vector<std::string>& chosen) {
  return html<
      R"(<label class="pick"><input type="checkbox" name="event" value="{}"{}><strong>{}</strong></label>)">(
      pattern, flag<"checked">(is_ticked(chosen, pattern)), pattern);
}

std::string counted_types(const EventGroup& group) {
  const std::string apart =
      is_operational_event(group.types.front()->name) ? ", not part of *" : "";
  if (group.chosen == 0) return fmt::format("{}{}", group.types.size(), apart);
  if (group.chosen == group.types.size()) return fmt::format("all {}{}", group.chosen, apart);
  return fmt::format("{} of {}{}", group.chosen, group.types.size(), apart);
}

Html group_boxes(EventGroup& group, const std::vector<std::string>& chosen,
                 const RecentEvents& recent) {
  std::ranges::stable_partition(
      group.types, [&](const EventType* type) { return is_ticked(chosen, type->name); });
  Html boxes;
  for (const std::string& pattern : group.patterns) boxes += pattern_box(pattern, chosen);
  for (const EventType* type : group.types) boxes += event_box(*type, chosen, recent);
  return html<R"(<fieldset><legend>{} <span class="count">{}</span></legend>{}</fieldset>)">(
      group.category, counted_types(group), boxes);
}

Html chosen_line(const std::vector<std::string>& chosen, std::span<const EventType> types) {
  if (chosen.empty()) return html<R"(<p class="dim">No event types chosen yet.</p>)">();
  Html chips;
  for (const std::string& one : chosen) chips += html<R"(<span class="chip">{}</span> )">(one);
  const auto got = std::ranges::count_if(
      types, [&](const EventType& type) { return subscribes(chosen, type.name); });
  return html<R"(<p>Chosen: {}<span class="dim">{}</span></p>)">(
      chips, counted(got, "event type", "event types"));
}

// Those that no box stands for: of types that are gone, or of several parts.
std::string other_patterns(const std::vector<EventGroup>& groups,
                           const std::vector<std::string>& chosen) {
  std::set<std::string, std::less<>> boxes{"*"};
  for (const EventGroup& group : groups) {
    boxes.insert(group.patterns.begin(), group.patterns.end());
    for (const EventType* type : group.types) boxes.insert(type->name);
  }
  std::string others;
  for (const std::string& one : chosen) {
    if (!boxes.contains(one)) others += one + "\n";
  }
  return others;
}

}  // namespace

Result<EventChoices> read_event_choices(Store& store, Time now) {
  THIG_TRY_ASSIGN(types, known_event_types(store.config()));
  THIG_TRY_ASSIGN(recent, store.history().recent_events(now - counted_span, most_counted_events));
  return EventChoices{.types = std::move(types), .recent = std::move(recent)};
}

Html event_boxes(const EventChoices& choices, const std::vector<std::string>& chosen,
                 const FormErrors& errors) {
  std::vector<EventGroup> groups = group_events(choices.types, chosen);
  const std::string others = other_patterns(groups, chosen);
  Html tree;
  for (EventGroup& group : groups) tree += group_boxes(group, chosen, choices.recent);
  const std::string_view wrong = errors.of("events");
  Html error;
  if (!wrong.empty()) error = html<R"(<p class="error" id="events-e">{}</p>)">(wrong);
  return html<
      R"(<fieldset id="events" tabindex="-1"{}><legend class="cap">Events</legend>{}{}<label class="pick"><input type="checkbox" name="event" value="*"{}><strong class="mono">*</strong> every event of the organisation, including types added later, but not webhook.* and incoming.*</label>{}{}<div class="tree">{}</div>{}</fieldset>)">(
      attribute<"aria-describedby">("events-e", !wrong.empty()), error,
      chosen_line(chosen, choices.types), flag<"checked">(is_ticked(chosen, "*")), tree_search(),
      what_is_counted(choices.recent), tree,
      area_field(
          {.name = "more-events",
           .help = "One per line. A pattern such as project.* also matches types added later."},
          others, errors, 2));
}

}  // namespace thig::pages
