// How the HTTP API calls what remarks and errors name, and the kinds of errors:
// `POST /api/admin/webhooks/crm/enable`, `caFile`, VALIDATION_ERROR.
#pragma once

#include "core/api/words.h"

#include <string>
#include <string_view>

namespace thig {

class ApiWording final : public Wording {
 public:
  std::string setting(const Setting& setting) const override;
  std::string operation(const Operation& operation) const override;
  // The product's own names where it has one.
  std::string_view code(ErrorCode code) const override;
};

const Wording& api_wording();

}  // namespace thig
