#include "cli/views/detail.h"

#include "core/base/codec.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {

void Detail::add(std::string field, Cell value) {
  if (!value.text.empty()) fields_.emplace_back(std::move(field), std::move(value));
}

std::string Detail::take() {
  std::size_t widest = 0;
  for (const auto& [field, value] : fields_) widest = std::max(widest, field.size());
  std::string out;
  for (const auto& [field, value] : fields_) {
    if (for_eyes_) {
      out += paint(fmt::format("{:<{}}", field, widest), Style::dim, colour_);
      out += "  " + paint(printable(value.text), value.style, colour_) + "\n";
    } else {
      out += fmt::format("{}\t{}\n", field, printable(value.piped.value_or(value.text)));
    }
  }
  fields_.clear();
  return out;
}

}  // namespace thig
