// What a change has changed, for the trail of changes and for plans.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace thig {

// Two JSON objects with the members that differ, or all of the one where there is no other; empty
// texts for nothing.
struct JsonDifference {
  std::string before;
  std::string after;
  bool empty() const { return before.empty() && after.empty(); }
};

// Of two objects that JsonWriter wrote, so that equal values are equal texts. A member that one of
// them lacks is null there. Empty for no object at all.
JsonDifference json_difference(std::string_view before, std::string_view after);

// One more member, with texts as its values.
void add_member(JsonDifference& difference, std::string_view name, std::string_view before,
                std::string_view after);

// One member of a difference, for people: texts without their quotes, null as "none".
struct ChangedMember {
  std::string name;
  std::string before;
  std::string after;
};
std::vector<ChangedMember> changed_members(const JsonDifference& difference);
// "timeout: 10s → 5s, rate: none → 3"; only the values that are there where there is no other side.
std::string describe(const JsonDifference& difference);

}  // namespace thig
