// A manual page in the language of man(7), from plain text.
#pragma once

#include <string>
#include <string_view>

namespace thig {

// The text as it is to be set, wherever it stands: no character of it is taken for a request or an
// escape, and hyphens, quotes and the like can be copied from the page.
std::string roff_text(std::string_view text);

class RoffPage {
 public:
  // "thig-hooks-list", 1, "Lists the webhooks" without a full stop. Sections NAME and SYNOPSIS come
  // first.
  RoffPage(std::string_view name, int section, std::string_view version, std::string_view what);

  RoffPage& section(std::string_view title);
  RoffPage& subsection(std::string_view title);
  RoffPage& paragraph(std::string_view text);
  // A term in bold, with a value in italics behind it if there is one, and what it is.
  RoffPage& term(std::string_view term, std::string_view value, std::string_view text);
  // Bold words, then what follows in plain.
  RoffPage& bold_line(std::string_view bold, std::string_view plain);
  // Set as it is written, for copying.
  RoffPage& code(std::string_view lines);
  // "thig-hooks-config(5)" and others, given in order.
  RoffPage& see_also(std::string_view name, int section);

  std::string take();

 private:
  std::string out_;
  bool seen_also_ = false;
};

}  // namespace thig
