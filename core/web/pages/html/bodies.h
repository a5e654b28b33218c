// How pages show bodies and other texts of which there are several forms.
#pragma once

#include "core/web/pages/html/html.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace thig::pages {

// Of a body, a page shows no more.
inline constexpr std::size_t most_shown = 64u << 10;
// The beginning of it, up to a whole character if it is text.
std::string_view beginning(std::string_view body);

struct Pane {
  std::string_view name;
  Html content;  // of a <pre>
};
// A section with one of the forms shown at a time, chosen without a script; `id` is its own on the
// page. `remark` stands beside the title, `below` after the forms.
Html pane_section(std::string_view title, std::string_view remark, std::string_view id,
                  std::span<const Pane> panes, const Html& below);

// A body that is text: laid out where it is JSON, or a form, and as it came, byte by byte.
struct ShownBody {
  std::string_view bytes;
  std::string_view content_type = "application/json";
  std::size_t whole_size = 0;  // as it came, where only its beginning is left; 0: it is whole
};
Html body_section(std::string_view title, std::string_view id, const ShownBody& body);

}  // namespace thig::pages
