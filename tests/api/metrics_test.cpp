#include "core/api/metrics_query.h"
#include "core/api/stats_metrics.h"
#include "core/store/sqlite/sqlite_store.h"
#include "tests/support/store_samples.h"
#include "tests/support/temp_dir.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace thig {
namespace {

// Webhooks that were added in this order, by name: the last one first.
MetricsReport report_of(std::size_t webhooks) {
  MetricsReport report;
  report.outgoing.now = Time{std::chrono::hours(480'000)};
  report.outgoing.span = std::chrono::hours(24);
  for (std::size_t i = webhooks; i > 0; --i) {
    const auto number = static_cast<std::int64_t>(i);
    SummaryView& view = report.outgoing.webhooks.emplace_back();
    view.endpoint.id = EndpointId{number};
    view.endpoint.name = fmt::format("hook {}", i);
    view.stats.id = view.endpoint.id;
    view.stats.attempts_ok = number;
    view.stats.dead = 1;
    IncomingView& incoming = report.incoming.emplace_back();
    incoming.hook.id = IncomingHookId{number};
    incoming.hook.name = fmt::format("in {}", i);
    incoming.stats.received = number;
  }
  for (std::size_t i = 1; i <= webhooks; ++i) {
    report.outgoing.failures.push_back(
        {.id = EndpointId{static_cast<std::int64_t>(i)},
         .failures = {{.outcome = "503", .attempts = 2}, {.outcome = "timeout", .attempts = 1}}});
  }
  return report;
}

std::string written(const MetricsReport& report) {
  std::string text = "\n";
  write_metrics(report, [&](std::string_view part) { text += part; });
  return text;
}

bool has_line(const std::string& text, const std::string& line) {
  return text.contains("\n" + line + "\n");
}

}  // namespace

TEST_CASE("the webhooks that were added first have series of their own, the others share one") {
  const std::size_t most = most_labelled_webhooks;
  const std::string all = written(report_of(most));
  CHECK(all.contains(fmt::format("\nthig_hooks_dead_deliveries{{webhook=\"hook {}\"}} 1\n", most)));
  CHECK_FALSE(all.contains("\nthig_hooks_dead_deliveries "));

  const std::string text = written(report_of(most + 3));
  CHECK(has_line(text, fmt::format("thig_hooks_dead_deliveries{{webhook=\"hook {}\"}} 1", most)));
  CHECK_FALSE(text.contains(fmt::format("\"hook {}\"", most + 1)));
  CHECK_FALSE(text.contains(fmt::format("\"in {}\"", most + 1)));
  const std::size_t sum = 3 * most + 1 + 2 + 3;
  CHECK(has_line(text, "thig_hooks_dead_deliveries 3"));
  CHECK(has_line(text, fmt::format("thig_hooks_attempts_total{{result=\"ok\"}} {}", sum)));
  CHECK(has_line(text, "thig_hooks_recent_failed_attempts{outcome=\"503\"} 6"));
  CHECK(has_line(text, fmt::format("thig_hooks_latency_seconds_count {}", sum)));
  CHECK(has_line(text,
                 fmt::format("thig_hooks_incoming_requests_total{{result=\"accepted\"}} {}", sum)));
  // What is one or zero for a webhook means nothing for several.
  CHECK_FALSE(text.contains("\nthig_hooks_webhook_enabled "));
  CHECK(has_line(text, fmt::format("thig_hooks_webhooks{{status=\"enabled\"}} {}", most + 3)));
}

TEST_CASE("a backlog of requests is as old as the oldest of them") {
  MetricsReport report = report_of(0);
  CHECK(has_line(written(report), "thig_hooks_incoming_backlog_age_seconds 0"));
  report.waiting = 2;
  report.oldest_waiting = report.outgoing.now - Millis{1'500};
  CHECK(has_line(written(report), "thig_hooks_incoming_backlog_age_seconds 1.5"));
  CHECK(has_line(written(report), "thig_hooks_incoming_pending_requests 2"));
  report.oldest_waiting = report.outgoing.now + Millis{1'500};  // the clock was set back
  CHECK(has_line(written(report), "thig_hooks_incoming_backlog_age_seconds 0"));
}

TEST_CASE("what is not known has no sample") {
  const std::string text = written(report_of(1));
  CHECK_FALSE(text.contains("\nthig_hooks_last_prune_timestamp_seconds "));
  CHECK_FALSE(text.contains("\nthig_hooks_certificate_expiry_timestamp_seconds{"));
  MetricsReport report = report_of(1);
  report.operations.pruned_at = Time{Millis{1'768'471'200'250}};
  report.operations.pruned.events = 4;
  report.certificates = {{.service = "admin", .at = Time{std::chrono::seconds(1'800'000'000)}}};
  CHECK(has_line(written(report), "thig_hooks_last_prune_timestamp_seconds 1768471200.25"));
  CHECK(has_line(written(report), "thig_hooks_pruned_rows_total{kind=\"event\"} 4"));
  CHECK(has_line(written(report),
                 "thig_hooks_certificate_expiry_timestamp_seconds{service=\"admin\"} 1800000000"));
}

TEST_CASE("the oldest request that waits is found however many have come since") {
  const TempDir dir;
  SeededRandom random(1);
  const auto store = get(open_sqlite_store({.file = dir.path("hooks.db"),
                                            .key_file = dir.path("key"),
                                            .create = true,
                                            .owner_name = "ada"},
                                           random));
  IncomingHook command = sample_incoming("deploy", 1);
  command.action.kind = ActionKind::run;
  command.action.command = {"/bin/true"};
  ok(store->incoming().add(command, sample_secret("token-deploy"), std::nullopt, noon, {}));
  const IncomingHookId told = add_sample_incoming(*store, "told", 2);
  const auto oldest = [&] {
    return get(read_metrics(*store, std::nullopt, noon, hour, {})).oldest_waiting;
  };
  CHECK_FALSE(oldest().has_value());
  std::vector<ArrivedRequest> many;
  for (int i = 0; i < 1'002; ++i) {
    many.push_back(sample_request(i == 0 ? command.id : told));
    many.back().request.received_at = noon + i * Millis{1};
  }
  get(store->requests().receive(many, noon));
  CHECK(oldest() == noon);
}

}  // namespace thig
