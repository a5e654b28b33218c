// How the HTTP API calls what remarks and errors name: `POST /api/admin/webhooks/crm/enable`,
// `caFile`.
#pragma once

#include "core/api/words.h"

#include <string>
#include <string_view>

namespace thig {

class ApiWording final : public Wording {
 public:
  std::string setting(const Setting& setting) const override;
  std::string operation(const Operation& operation) const override;
};

const Wording& api_wording();

// A setting as a member of a document: "ca-file" as "caFile".
std::string member_name(std::string_view setting);

}  // namespace thig
