// A flag that is given once for each element of a list.
#pragma once

#include "cli/flags/flags.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace thig {

// `parse` makes an element of a text; "" alone empties the list.
template <class Element, class Parse>
Flags::Item& declare_list(Flags& flags, std::string name, std::string value, std::string help,
                          std::optional<std::vector<Element>>& into, Parse parse) {
  auto& item = flags.custom(std::move(name), std::move(value), std::move(help),
                            [&into, parse](const std::string& text) -> Status {
                              if (!into) into.emplace();
                              if (text.empty()) return {};
                              THIG_TRY_ASSIGN(element, parse(text));
                              into->push_back(std::move(element));
                              return {};
                            });
  item.repeated = true;
  return item;
}

}  // namespace thig
