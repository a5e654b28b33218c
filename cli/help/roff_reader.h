// Reads manual pages: as plain text for `thig-hooks help`, and section by section.
#pragma once

#include "cli/help/help_text.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct RoffSection {
  std::string title;      // "EXIT STATUS"
  std::string_view roff;  // from its heading to the next; points into the page
};

// In the order of the page.
std::vector<RoffSection> roff_sections(std::string_view page);

// What groff would show, wrapped to the layout, without the page's header and footer. Understands
// the requests and escapes of our own pages; requests that it does not know are left out. Examples
// keep their lines.
std::string plain_text(std::string_view roff, const HelpLayout& layout);

}  // namespace thig
