// How the HTTP API calls what remarks and errors name: `POST /api/admin/webhooks/crm/enable`,
// `caFile`.
#pragma once

#include "core/api/words.h"

#include <string>

namespace thig {

class ApiWording final : public Wording {
 public:
  std::string setting(const Setting& setting) const override;
  std::string operation(const Operation& operation) const override;
};

const Wording& api_wording();

}  // namespace thig
