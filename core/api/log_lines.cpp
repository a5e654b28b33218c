#include "core/api/log_lines.h"

#include "core/api/delivery_view.h"
#include "core/base/codec.h"
#include "core/documents/json_members.h"
#include "core/model/endpoint.h"

namespace thig {
namespace {

void write_kind(JsonWriter& json, std::string_view kind, LogLevel level, Time at) {
  json.key("kind").text(kind);
  write_time(json, "time", at);
  json.key("level").text(to_text(level));
}

// Which attempt, of which delivery.
void write_attempted(JsonWriter& json, DeliveryId id, std::string_view event,
                     std::string_view webhook, int number) {
  json.key("id").text(to_text(id)).key("eventId").text(to_text(id.event));
  json.key("event").text(event);
  write_webhook_named(json, webhook, id.endpoint);
  json.key("attempt").number(std::int64_t{number});
}

}  // namespace

std::string log_field(std::string_view text) {
  // Masked before it is cut: what is left of a secret would not be recognised.
  std::string field = to_valid_utf8(with_masked_secrets(text));
  if (field.size() <= longest_log_field) return field;
  return to_valid_utf8(field, longest_log_field) + "…";
}

std::string message_line(LogLevel level, std::string_view text, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "message", level, at);
    json.key("text").text(log_field(text));
  });
}

std::string error_line(const ShownError& error, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "error", LogLevel::error, at);
    json.key("text").text(error.text);
    json.key("code").text(error.code);
    write_text_or_null(json, "hint", error.hint);
  });
}

std::string started_line(const DispatchStart& start, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "started", LogLevel::info, at);
    json.key("database").text(start.database).key("pid").number(std::int64_t{start.pid});
    json.key("webhooks").number(start.webhooks).key("pending").number(start.pending);
  });
}

std::string serving_line(std::string_view service, std::string_view url, int pid, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "started", LogLevel::info, at);
    json.key("service").text(service).key("url").text(url);
    json.key("pid").number(std::int64_t{pid});
  });
}

std::string attempt_line(const AttemptReport& report) {
  const Attempt& attempt = report.attempt;
  return object_document([&](JsonWriter& json) {
    write_kind(json, "attempt", level_of(report), attempt.started_at);
    write_attempted(json, report.id, report.event_type, report.endpoint_name, attempt.number);
    json.key("ok").boolean(attempt.ok()).key("status");
    attempt.status ? json.number(std::int64_t{*attempt.status}) : json.null();
    write_text_or_null(json, "error", attempt.error);
    json.key("durationMs").number(std::int64_t{attempt.duration.count()});
    json.key("state").text(to_text(report.state));
    write_time(json, "retryAt", report.retry_at);
  });
}

std::string due_line(const QueuedDelivery& delivery, const EndpointSummary& endpoint) {
  return object_document([&](JsonWriter& json) {
    json.key("kind").text("due");
    write_time(json, "dueAt", delivery.due_at);
    write_attempted(json, delivery.id, delivery.event_type, endpoint.name,
                    delivery.attempts_made + 1);
  });
}

std::string trouble_line(std::string_view kind, std::string_view webhook, std::string_view text,
                         std::optional<Time> until, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, kind, level_of_trouble(kind), at);
    write_text_or_null(json, "webhook", webhook);
    json.key("text").text(log_field(text));
    write_time(json, "until", until);
  });
}

std::string request_line(const Access& access, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "request", level_of_answer(access.status), at);
    json.key("peer").text(access.client).key("method").text(log_field(access.method));
    json.key("target").text(log_field(access.target));
    write_text_or_null(json, "webhook", access.webhook);
    json.key("status").number(std::int64_t{access.status});
    json.key("ms").number(std::int64_t{access.took.count()});
  });
}

std::string action_line(const IncomingHook& hook, const IncomingRequest& request,
                        const ActionOutcome& outcome, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "action", level_of(outcome), at);
    json.key("webhook").text(hook.name).key("id").text(to_text(request.id));
    json.key("action").text(to_text(hook.action.kind));
    json.key("state").text(to_text(outcome.state)).key("detail").text(log_field(outcome.detail));
  });
}

std::string admin_line(const AdminAccess& access, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "request", level_of_answer(access.status), at);
    json.key("peer").text(access.client).key("method").text(log_field(access.method));
    json.key("path").text(log_field(access.path));
    write_text_or_null(json, "via", access.via);
    json.key("status").number(std::int64_t{access.status});
    json.key("ms").number(std::int64_t{access.took.count()});
  });
}

std::string dropped_line(std::uint64_t lines, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "dropped", LogLevel::warning, at);
    json.key("lines").number(static_cast<std::int64_t>(lines));
  });
}

std::string listening_line(std::string_view url, std::string_view ca_file,
                           std::string_view secret_file, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "started", LogLevel::info, at);
    json.key("url").text(url).key("caFile").text(ca_file);
    write_text_or_null(json, "secretFile", secret_file);
  });
}

std::string listened_line(const ListenedRequest& request, LogLevel level, Time at) {
  return object_document([&](JsonWriter& json) {
    write_kind(json, "received", level, at);
    write_text_or_null(json, "id", request.id);
    write_text_or_null(json, "event", request.event);
    json.key("verdict").text(request.verdict);
    write_text_or_null(json, "matched", request.matched);
    json.key("status").number(std::int64_t{request.status});
    json.key("duplicate").boolean(request.duplicate);
    json.key("headers").begin_array();
    for (const Header& header : request.headers) {
      json.begin_object()
          .key("name")
          .text(header.name)
          .key("value")
          .text(header.value)
          .end_object();
    }
    json.end_array().key("body").text(request.body).key("forwarded");
    if (!request.forwarded) {
      json.null();
      return;
    }
    json.begin_object().key("status");
    request.forwarded->status > 0 ? json.number(std::int64_t{request.forwarded->status})
                                  : json.null();
    json.key("ms").number(std::int64_t{request.forwarded->took.count()});
    write_text_or_null(json, "error", request.forwarded->failure);
    json.end_object();
  });
}

}  // namespace thig
