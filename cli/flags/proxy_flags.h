// The egress proxy that deliveries and tests go through: for all commands that send.
#pragma once

#include "cli/app/context.h"
#include "cli/app/hangup.h"
#include "cli/flags/flags.h"
#include "core/rules/egress_proxy.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

class ProxyFlags {
 public:
  void declare(Flags& flags);

  // Nothing without a proxy. Reads its credentials: `file` or `invalid` if they cannot be used, as
  // for its CA file.
  Result<std::optional<EgressProxy>> read(Context& context) const;
  // After a reload: says that a restart is needed if it is another than the one in use, in what its
  // files hold as well, and what keeps it from being read.
  void compare(Context& context, const std::optional<EgressProxy>& used, Reloaded& reloaded) const;

 private:
  std::optional<EgressProxy> proxy_;
  std::optional<std::string> auth_file_;
  std::optional<std::string> ca_file_;
  std::vector<std::string> except_;
  bool resolves_ = false;
};

}  // namespace thig
