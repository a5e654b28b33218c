#include "cli/flags/admin_url_flags.h"

#include "core/rules/base_path.h"
#include "core/rules/incoming_rules.h"
#include "core/rules/origin.h"

#include <utility>

namespace thig {

void AdminUrlFlags::declare(Flags& flags, std::string about_url) {
  flags.text("--public-url", "URL", public_url_, std::move(about_url)).config = "admin.publicUrl";
  flags
      .text("--base-path", "PATH", base_path_,
            "Path below which serve-admin serves, such as /hooks (default: the path of the public "
            "URL)")
      .config = "admin.basePath";
}

Result<AdminUrl> AdminUrlFlags::read() const {
  AdminUrl url;
  if (base_path_) {
    THIG_TRY(check_base_path(*base_path_));
    url.base_path = *base_path_;
  }
  if (!public_url_) return url;
  THIG_TRY_ASSIGN(checked, check_public_url(*public_url_));
  THIG_TRY_ASSIGN(whole, url_below(checked, url.base_path));
  url.public_url = std::move(whole);
  url.base_path = path_of_url(url.public_url);
  // It stands in pages as it is, so it is held to the same.
  if (!url.base_path.empty()) THIG_TRY(check_base_path(url.base_path));
  return url;
}

std::vector<std::string> AdminUrlFlags::changed(const AdminUrlFlags& fresh) const {
  std::vector<std::string> flags;
  if (fresh.public_url_ != public_url_) flags.emplace_back("--public-url");
  if (fresh.base_path_ != base_path_) flags.emplace_back("--base-path");
  return flags;
}

}  // namespace thig
