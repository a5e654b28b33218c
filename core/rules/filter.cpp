#include "core/rules/filter.h"

#include "core/base/codec.h"
#include "core/model/event_catalog.h"
#include "core/rules/suggest.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

// Everything that could be subscribed to: each type, and each prefix of one with ".*".
std::vector<std::string> all_patterns(std::span<const std::string> known) {
  std::vector<std::string> patterns(known.begin(), known.end());
  for (const std::string& type : known) {
    for (std::size_t dot = type.find('.'); dot != type.npos; dot = type.find('.', dot + 1)) {
      patterns.push_back(type.substr(0, dot) + ".*");
    }
  }
  return patterns;
}

bool includes(std::string_view pattern, std::string_view event_type) {
  if (!is_operational_event(event_type)) return matches(pattern, event_type);
  const std::string_view family = event_type.substr(0, event_type.find('.') + 1);
  const bool whole_family =
      pattern.size() == family.size() + 1 && pattern.starts_with(family) && pattern.ends_with('*');
  return pattern == event_type || whole_family;
}

}  // namespace

bool subscribes(std::span<const std::string> patterns, std::string_view event_type) {
  return std::ranges::any_of(patterns,
                             [&](const std::string& p) { return includes(p, event_type); });
}

Status check_pattern(std::string_view pattern, std::span<const std::string> known) {
  if (pattern == "*") return {};
  // Compared through `includes`, a pattern is good exactly if somebody could ever get something.
  if (std::ranges::any_of(known, [&](const std::string& t) { return includes(pattern, t); })) {
    return {};
  }
  const std::string near = nearest(pattern, all_patterns(known));
  return fail(ErrorCode::not_found, fmt::format("no event type matches \"{}\"", printable(pattern)),
              near.empty() ? Remark("`", Operation{"events"}, "` lists the event types")
                           : Remark(fmt::format("did you mean \"{}\"?", near)));
}

void fold_repeats(std::vector<std::string>& patterns) {
  std::set<std::string, std::less<>> seen;
  std::erase_if(patterns, [&](const std::string& pattern) { return !seen.insert(pattern).second; });
}

}  // namespace thig
