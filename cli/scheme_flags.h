// Which scheme of signatures is meant, and the flags of one that is put together by hand.
#pragma once

#include "cli/flags.h"
#include "core/rules/scheme.h"

#include <string>
#include <vector>

namespace thig {

struct SchemeFlags {
  std::string name;  // set to the default before declaring

  // `others`: names besides those of the table, which the command understands itself.
  void declare(Flags& flags, std::vector<std::string> others);

  bool is_generic() const { return name == "generic"; }
  // The rows of the scheme that was named, which live as long as this; none for a name that is the
  // command's own. `usage` or `invalid` if the flags of a generic one are given without it, or make
  // no sense.
  Result<std::vector<const Scheme*>> schemes();

 private:
  Status make_generic();

  Scheme generic_{.name = "generic", .variant = {}, .sender = "the sender", .header = ""};
  std::vector<std::string> given_;  // flags of a generic scheme
};

}  // namespace thig
