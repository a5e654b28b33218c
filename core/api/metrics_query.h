// What a monitoring system is told of an installation, read from its database.
#pragma once

#include "core/api/incoming_view.h"
#include "core/api/stats_query.h"
#include "core/base/error.h"
#include "core/care/operations.h"
#include "core/store/store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What the database does not know.
struct MetricsSources {
  struct CertificateFile {
    std::string service;  // "admin" or "incoming": which serves it
    std::string file;     // PEM; an absolute path
  };
  std::string version;  // of the program
  std::vector<CertificateFile> certificates{};
  bool delivering = false;  // whether a process delivers for the database
};

struct CertificateEnd {
  std::string service;
  Time at{};
};

struct MetricsReport {
  StatsReport outgoing;                // with failures and healths
  std::vector<IncomingView> incoming;  // by name
  // Received requests whose action is still to be run: at most `most_waiting` of them, the newest,
  // and when the oldest of these came.
  std::int64_t waiting = 0;
  std::optional<Time> oldest_waiting;
  DatabaseSize database;
  OperationTally operations;
  std::vector<CertificateEnd> certificates;  // of the files that can be read
  std::string version;
  bool delivering = false;
};
inline constexpr std::size_t most_waiting_requests = 1'000;

// Of all outgoing webhooks, or of the one that is named (`not_found`); what has nothing to do with
// outgoing webhooks is always there. Latencies and failures are those of `span`.
Result<MetricsReport> read_metrics(Store& store, const std::optional<std::string>& webhook,
                                   Time now, Millis span, const MetricsSources& sources);
// Where there is no database yet.
MetricsReport no_metrics(Time now, Millis span, const MetricsSources& sources);

}  // namespace thig
