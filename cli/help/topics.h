// What `thig-hooks help` explains besides commands: pages of the manual, and sections of
// thig-hooks(1), each under a short name. The manual is their only source.
#pragma once

#include "cli/help/help_text.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

struct Topic {
  std::string_view name;     // "exit-codes"
  std::string_view summary;  // without a full stop
  std::string_view page;     // "thig-hooks"
  std::string_view section;  // "EXIT STATUS"; empty: the whole page
};

// Sorted by name.
std::span<const Topic> topics();
// Null if there is none.
const Topic* find_topic(std::string_view name);
// In the language of man(7).
std::string topic_roff(const Topic& topic);
std::string topic_text(const Topic& topic, const HelpLayout& layout);

}  // namespace thig
