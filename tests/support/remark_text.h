// Remarks as a command line would say them, for tests of what has no front end.
#pragma once

#include "core/base/remark.h"

#include <string>
#include <variant>

namespace thig {

struct RemarkText {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Setting& setting) const {
    return "--" + setting.name + (setting.value.empty() ? "" : " " + setting.value);
  }
  std::string operator()(const Operation& operation) const {
    std::string text = "thig-hooks " + operation.name;
    for (const std::string& argument : operation.arguments) text += " " + argument;
    for (const Setting& setting : operation.settings) text += " " + (*this)(setting);
    return text;
  }
};

inline std::string remark_text(const Remark& remark) {
  std::string text;
  for (const Remark::Part& part : remark.parts()) text += std::visit(RemarkText{}, part);
  return text;
}

}  // namespace thig
