// Which scheme of signatures is meant, and the flags of one that is put together by hand.
#pragma once

#include "cli/flags/flags.h"
#include "core/rules/generic_scheme.h"

#include <string>
#include <vector>

namespace thig {

struct SchemeFlags {
  std::string name;  // set to the default before declaring

  // `others`: names besides those of the table, which the command understands itself.
  void declare(Flags& flags, std::vector<std::string> others);

  // Those of a generic scheme alone, where `name` is not this one's.
  void declare_generic(Flags& flags);

  bool is_generic() const { return name == generic_name; }
  // The rows of the scheme that was named, which live as long as this; none for a name that is the
  // command's own. `usage` or `invalid` if the flags of a generic one are given without it, or make
  // no sense.
  Result<std::vector<const Scheme*>> schemes();
  // The generic one as a webhook keeps it.
  Result<std::string> generic_text() const;
  // `usage` if flags of a generic one were given.
  Status check_not_generic() const;

 private:
  Scheme generic_ = generic_scheme();
  std::vector<std::string> given_;  // flags of a generic scheme
};

}  // namespace thig
