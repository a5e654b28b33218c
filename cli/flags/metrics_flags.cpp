#include "cli/flags/metrics_flags.h"

#include "core/open.h"
#include "core/store/private_folder.h"

namespace thig {

void MetricsFlags::declare_incoming(Flags& flags) {
  flags.file_setting("incoming.tlsCert", "FILE", incoming_,
                     "The certificate of serve-incoming, whose end is a metric");
}

void MetricsFlags::declare_admin(Flags& flags) {
  flags.file_setting("admin.tlsCert", "FILE", admin_,
                     "The certificate of serve-admin, whose end is a metric");
}

MetricsSources MetricsFlags::sources(const Paths& paths) const {
  return sources(paths, admin_);
}

MetricsSources MetricsFlags::sources(const Paths& paths,
                                     const std::optional<std::string>& admin) const {
  MetricsSources sources{.version = version(), .delivering = dispatching_pid(paths).has_value()};
  if (admin) sources.certificates.push_back({.service = "admin", .file = absolute_path(*admin)});
  if (incoming_) {
    sources.certificates.push_back({.service = "incoming", .file = absolute_path(*incoming_)});
  }
  return sources;
}

}  // namespace thig
