// Sealing what a database of schema 3 holds in clear.
#pragma once

#include "core/model/incoming_hook.h"
#include "core/store/sealing.h"
#include "core/store/sqlite/connection.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig::sqlite {

// What of a request is to be sealed, and how the rest is shown; nothing if all may be seen. The
// rule itself is in rules/request_secrets.h.
using MaskRequest =
    std::function<std::optional<MaskedRequest>(std::string_view headers, std::string_view query)>;

// Within the transaction of its upgrade, after 0004.sql. Adds to `notes` what its admin has to
// know.
Status seal_existing(Connection& connection, Sealing& sealing, const MaskRequest& mask,
                     std::vector<Remark>& notes);

}  // namespace thig::sqlite
