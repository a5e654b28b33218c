// The manual pages of the program, of each command, and of the configuration files, made from the
// tables of commands and flags.
#pragma once

#include "core/base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct ManPage {
  std::string name;  // "thig-hooks-add-outgoing"
  int section = 1;
  std::string text;  // in the language of man(7)
};

// Those that are made from the tables. The same for the same version of the program: no dates.
std::vector<ManPage> man_pages();

// Those of man/, compiled in.
std::vector<ManPage> written_pages();

// All of them.
std::vector<ManPage> whole_manual();

// Broken between words, with a backslash, so that no line is wider than `columns` if that can be: a
// shell reads it as the same command.
std::string wrapped_command(std::string_view command, std::size_t columns);

// Writes each as NAME.SECTION into the folder, which must be there.
Status write_man_pages(const std::string& folder);

}  // namespace thig
