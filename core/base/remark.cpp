#include "core/base/remark.h"

namespace thig {

void Remark::add(std::string text) {
  if (text.empty()) return;
  if (!parts_.empty()) {
    if (auto* before = std::get_if<std::string>(&parts_.back())) {
      *before += text;
      return;
    }
  }
  parts_.emplace_back(std::move(text));
}

void Remark::add(const Remark& remark) {
  for (const Part& part : remark.parts_) std::visit([this](const auto& one) { add(one); }, part);
}

}  // namespace thig
