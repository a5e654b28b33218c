#include "core/api/recovery_view.h"

#include "core/api/delivery_view.h"
#include "core/documents/json_members.h"

namespace thig {
namespace {

// A total, and what it is made of by state and event type.
void write_counts(JsonWriter& json, std::span<const DeliveryCount> counts) {
  json.key("count").number(total_of(counts)).key("counts").begin_array();
  for (const DeliveryCount& one : counts) {
    json.begin_object().key("state").text(to_text(one.state));
    json.key("event").text(one.event_type).key("count").number(one.count).end_object();
  }
  json.end_array();
}

void write_cancelled(JsonWriter& json, bool dry_run, std::int64_t cancelled) {
  json.key("dryRun").boolean(dry_run).key("cancelled").number(cancelled);
}

}  // namespace

std::string retried_document(const RetryReport& report) {
  return list_document(report.retried, [&](JsonWriter& json, const Retried& one) {
    json.key("id").text(to_text(one.id));
    write_webhook_named(json, report.names.name(one.id.endpoint), one.id.endpoint);
    json.key("was").text(to_text(one.was));
    json.key("state").text(to_text(DeliveryState::pending));
    json.key("changed").boolean(!one.due_already);
  });
}

std::string recovery_preview_document(std::span<const RecoveryShare> shares,
                                      std::optional<double> most_per_second) {
  return object_document([&](JsonWriter& json) {
    json.key("dryRun").boolean(true).key("count").number(total_of(shares));
    const Millis longest = time_to_recover(shares, most_per_second);
    json.key("takesMs").number(std::int64_t{longest.count()}).key("webhooks").begin_array();
    for (const RecoveryShare& share : shares) {
      json.begin_object();
      write_webhook_named(json, share.endpoint.name, share.endpoint.id);
      write_counts(json, share.counts);
      json.end_object();
    }
    json.end_array();
  });
}

std::string recovery_document(std::span<const RecoveryShare> shares) {
  return object_document([&](JsonWriter& json) {
    json.key("dryRun").boolean(false).key("queued").number(done_of(shares));
    json.key("webhooks").begin_array();
    for (const RecoveryShare& share : shares) {
      json.begin_object();
      write_webhook_named(json, share.endpoint.name, share.endpoint.id);
      json.key("queued").number(share.done.count);
      write_time(json, "lastDueAt", share.done.last_due);
      json.end_object();
    }
    json.end_array();
  });
}

std::string cancel_preview_document(const RecoveryShare& share) {
  return object_document([&](JsonWriter& json) {
    write_cancelled(json, true, 0);
    write_webhook_named(json, share.endpoint.name, share.endpoint.id);
    write_counts(json, share.counts);
  });
}

std::string cancelled_document(const RecoveryShare& share) {
  return object_document([&](JsonWriter& json) {
    write_cancelled(json, false, share.done.count);
    write_webhook_named(json, share.endpoint.name, share.endpoint.id);
  });
}

std::string cancelled_document(const Cancelled& cancelled) {
  return object_document([&](JsonWriter& json) {
    write_cancelled(json, false, static_cast<std::int64_t>(cancelled.count));
  });
}

}  // namespace thig
