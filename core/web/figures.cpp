#include "core/api/audit_query.h"
#include "core/api/metrics_query.h"
#include "core/api/stats_metrics.h"
#include "core/api/stats_query.h"
#include "core/api/stats_view.h"
#include "core/documents/json_members.h"
#include "core/rules/cookie.h"
#include "core/web/api_wording.h"
#include "core/web/handlers.h"
#include "core/web/openapi.h"
#include "core/web/problem.h"

namespace thig::web {
namespace {

using std::chrono::hours;

constexpr Millis usual_span = hours(24);

// Of the parameter "since": a span of time until now, or the moment it begins.
Result<Millis> span_of(Call& call) {
  const auto text = call.query.find("since");
  if (!text) return usual_span;
  const auto since = parse_moment(*text, call.now());
  if (!since) return std::unexpected(api_wording().error_of("since", since.error()));
  if (*since < call.now()) return call.now() - *since;
  return said_of<Millis>("since", fail(ErrorCode::usage, "since must be in the past"));
}

HttpResponse stats_answer(const StatsReport& report) {
  std::string document;
  write_stats_document(report, [&](std::string_view part) { document += part; });
  return document_answer(std::move(document));
}

Result<std::optional<std::int64_t>> number_before(const Query& query) {
  if (!query.find("after")) return std::nullopt;
  THIG_TRY_ASSIGN(number, query.number("after", 1, std::size_t{1} << 62, 1));
  return static_cast<std::int64_t>(number);
}

}  // namespace

Result<HttpResponse> show_stats(Call& call) {
  THIG_TRY_ASSIGN(span, span_of(call));
  THIG_TRY_ASSIGN(report, read_stats(call.store, StatsParts::activity, call.now(), span));
  return stats_answer(report);
}

Result<HttpResponse> show_webhook_stats(Call& call) {
  THIG_TRY_ASSIGN(span, span_of(call));
  THIG_TRY_ASSIGN(report, read_stats(call.store, call.path.front(), call.now(), span));
  return stats_answer(report);
}

Result<HttpResponse> show_metrics(Call& call) {
  const auto& sources = call.service.metrics_sources;
  THIG_TRY_ASSIGN(report, read_metrics(call.store, std::nullopt, call.now(), usual_span,
                                       sources ? sources() : MetricsSources{}));
  std::string text;
  write_metrics(report, [&](std::string_view part) { text += part; });
  HttpResponse answer = document_answer(std::move(text));
  answer.headers.front().value = "text/plain; version=0.0.4; charset=utf-8";
  return answer;
}

Result<HttpResponse> list_changes(Call& call) {
  const Query& query = call.query;
  THIG_TRY_ASSIGN(limit, query.number("limit", 1, most_rows, usual_rows));
  THIG_TRY_ASSIGN(before, number_before(query));
  const AuditQuery asked{.subject = query.find("subject").value_or(""),
                         .actor = query.find("actor").value_or(""),
                         .since = query.find("since"),
                         .until = query.find("until"),
                         .before = before,
                         .limit = limit};
  THIG_TRY_ASSIGN(filter, read_query(asked, call.now(), api_wording()));
  THIG_TRY_ASSIGN(found, find_changes(call.store.config(), std::move(filter)));
  return document_answer(object_document([&](JsonWriter& json) {
    json.key("changes").raw(changes_document(found.entries)).key("next");
    found.more ? json.number(found.entries.back().number) : json.null();
  }));
}

Result<HttpResponse> show_openapi(Call& call) {
  return document_answer(
      openapi_document(routes(), call.service.version, call.service.cookie.name()));
}

Result<HttpResponse> show_health(Call& /*call*/) {
  return document_answer(R"({"status":"ok"})");
}

// Strangers may ask: nothing but what kind of thing is wrong.
Result<HttpResponse> show_readiness(Call& call) {
  const auto version = call.store.config().config_version();
  const Status ready = version ? call.service.check_ready() : std::unexpected(version.error());
  if (ready) return document_answer(R"({"status":"ok"})");
  HttpResponse answer =
      document_answer(object_document([&](JsonWriter& json) {
                        json.key("status").text("unavailable");
                        json.key("reason").text(api_wording().code(ready.error().code));
                      }),
                      503);
  answer.headers.push_back({"retry-after", "1"});
  return answer;
}

}  // namespace thig::web
