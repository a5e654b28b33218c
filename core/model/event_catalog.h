// The event types this system knows by itself. Organisations add their own, which live in the
// database.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace thig {

struct EventType {
  std::string name;         // "project.created"
  std::string category;     // "Project"
  std::string description;  // "A new project is created"
  std::string sample;       // JSON of a sample `data`
  bool builtin = true;
};

// The 46 built-in types, sorted by name. Lives as long as the program.
std::span<const EventType> event_catalog();
// Nothing if there is no built-in type of that name.
const EventType* find_builtin_event_type(std::string_view name);

// Types that the system raises about its own webhooks. A failed delivery of one of them never
// raises another (system.md: no storms of notices about notices).
bool is_webhook_event(std::string_view type);

// webhook.* and incoming.*: what tells of this installation itself. They go only to webhooks that
// name them (rules/filter.h), and only Admins may emit one by hand.
bool is_operational_event(std::string_view type);

// Whether `name` may be an event type: two or more parts of [a-z0-9_], each starting with a letter,
// joined by single dots; at most 100 characters.
bool is_event_type_name(std::string_view name);

}  // namespace thig
