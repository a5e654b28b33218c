// How the command line calls what remarks and errors name: `thig-hooks enable crm`, --ca-file, with
// what the shell would take apart in quotes.
#pragma once

#include "core/api/words.h"

#include <string>

namespace thig {

class CommandWording final : public Wording {
 public:
  std::string setting(const Setting& setting) const override;
  std::string operation(const Operation& operation) const override;
};

const Wording& command_wording();

}  // namespace thig
