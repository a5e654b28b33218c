// The manual pages of the program, of each command, and of the configuration files, made from the
// tables of commands and flags.
#pragma once

#include "core/base/error.h"

#include <string>
#include <vector>

namespace thig {

struct ManPage {
  std::string name;  // "thig-hooks-add-outgoing"
  int section = 1;
  std::string text;  // in the language of man(7)
};

// The same for the same version of the program: no dates.
std::vector<ManPage> man_pages();

// Writes each as NAME.SECTION into the folder, which must be there.
Status write_man_pages(const std::string& folder);

}  // namespace thig
