// By which URL browsers reach `serve-admin`: for the command that serves there, and for the one
// that makes links to it.
#pragma once

#include "cli/flags/flags.h"
#include "core/base/error.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

struct AdminUrl {
  std::string public_url;  // with the path; empty: there is none
  std::string base_path;   // its path, or the one without a public URL: "/hooks"; empty for none
};

class AdminUrlFlags {
 public:
  // What the flag of the URL says of itself.
  void declare(Flags& flags, std::string about_url);

  // `usage` and `invalid` for what is no such URL or path, and where they do not agree.
  Result<AdminUrl> read() const;
  // For a reload: the flags that say something else there.
  std::vector<std::string> changed(const AdminUrlFlags& fresh) const;

 private:
  std::optional<std::string> public_url_;
  std::optional<std::string> base_path_;
};

}  // namespace thig
