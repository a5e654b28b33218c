// How pages show bodies and other texts of which there are several forms.
#pragma once

#include "core/web/pages/html.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace thig::pages {

// Of a body, a page shows no more.
inline constexpr std::size_t most_shown = 64u << 10;

struct Pane {
  std::string_view name;
  Html content;  // of a <pre>
};
// A section with one of the forms shown at a time, chosen without a script; `id` is its own on the
// page.
Html pane_section(std::string_view title, std::string_view id, std::span<const Pane> panes,
                  const Html& below);

// A body: laid out where it is JSON, and as it was sent, byte by byte.
Html body_section(std::string_view title, std::string_view id, std::string_view body);

}  // namespace thig::pages
