#include "core/web/pages/frame/assets.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace thig::pages {
namespace {

// "admin.css" as "admin.1f2e3d4c.css".
std::string hashed_name(const Asset& asset) {
  constexpr std::size_t enough = 10;  // digits
  const std::size_t dot = asset.name.rfind('.');
  return fmt::format("{}.{}{}", asset.name.substr(0, dot),
                     to_hex(hash(Digest::sha256, asset.bytes)).substr(0, enough),
                     asset.name.substr(dot));
}

struct Named {
  std::string name;
  const Asset* asset;
};
const std::vector<Named>& named_assets() {
  static const std::vector<Named> all = [] {
    std::vector<Named> named;
    for (const Asset& asset : assets()) named.push_back({hashed_name(asset), &asset});
    return named;
  }();
  return all;
}

}  // namespace

Link asset_link(std::string_view name) {
  const auto found =
      std::ranges::find(named_assets(), name, [](const Named& named) { return named.asset->name; });
  return Link("/admin/assets/{}", {found->name});
}

Result<HttpResponse> show_asset(Call& call) {
  const auto found = std::ranges::find(named_assets(), call.path.front(), &Named::name);
  if (found == named_assets().end()) return fail(ErrorCode::not_found, "there is no such file");
  return HttpResponse{.status = 200,
                      .headers = {{"content-type", std::string(found->asset->type)},
                                  {"cache-control", "public, max-age=31536000, immutable"},
                                  {"x-content-type-options", "nosniff"},
                                  {"content-security-policy", "default-src 'none'"},
                                  {"cross-origin-resource-policy", "same-origin"}},
                      .body = std::string(found->asset->bytes)};
}

}  // namespace thig::pages
