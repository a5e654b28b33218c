// A front end that calls settings by their names alone, or with something before them.
#pragma once

#include "core/api/words.h"

#include <string>
#include <utility>

namespace thig {

class PlainWording final : public Wording {
 public:
  explicit PlainWording(std::string before_settings = {}) : before_(std::move(before_settings)) {}

  std::string setting(const Setting& setting) const override { return before_ + setting.name; }
  std::string operation(const Operation& operation) const override { return operation.name; }

 private:
  std::string before_;
};

}  // namespace thig
