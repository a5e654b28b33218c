// The style sheet, the script and the icon, compiled in. Their names have a part that changes with
// what is in them, so that browsers may keep them for ever.
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"
#include "core/web/pages/html/link.h"

#include <span>
#include <string_view>

namespace thig::pages {

struct Asset {
  std::string_view name;  // "admin.css"
  std::string_view type;  // "text/css; charset=utf-8"
  std::string_view bytes;
};
std::span<const Asset> assets();

Link asset_link(std::string_view name);

// The route /admin/assets/{asset}.
Result<HttpResponse> show_asset(Call& call);

}  // namespace thig::pages
