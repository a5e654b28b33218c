// What metrics need to know besides the database.
#pragma once

#include "cli/app/context.h"
#include "cli/flags/flags.h"
#include "core/api/metrics_query.h"

#include <optional>
#include <string>

namespace thig {

// The certificates of the services, as the configuration files name them.
class MetricsFlags {
 public:
  void declare_incoming(Flags& flags);
  void declare_admin(Flags& flags);

  MetricsSources sources(const Paths& paths) const;
  // With this certificate of serve-admin in place of the configured one; nothing: it has none.
  MetricsSources sources(const Paths& paths, const std::optional<std::string>& admin) const;

 private:
  std::optional<std::string> incoming_;
  std::optional<std::string> admin_;
};

}  // namespace thig
