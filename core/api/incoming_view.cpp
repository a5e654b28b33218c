#include "core/api/incoming_view.h"

#include "core/api/change_view.h"
#include "core/documents/json_members.h"
#include "core/documents/settings_json.h"

namespace thig {

namespace {

void write_project(JsonWriter& json, const Project& project) {
  json.key("id").text(to_text(project.id)).key("name").text(project.name);
  json.key("status").text(project.status);
  write_text_or_null(json, "description", project.description);
  json.key("source").text(project.source);
  write_time(json, "createdAt", project.created_at);
}

}  // namespace

void write_incoming(JsonWriter& json, const IncomingHook& hook) {
  json.key("id").text(to_text(hook.id));
  write_settings(json, hook, SecretParts::hidden);
  json.key("isActive").boolean(hook.enabled);
  write_time(json, "createdAt", hook.created_at);
  write_time(json, "updatedAt", hook.updated_at);
}

std::string incoming_document(const IncomingHook& hook) {
  return object_document([&](JsonWriter& json) { write_incoming(json, hook); });
}

std::string incoming_document(const IncomingHook& hook, ChangeResult result) {
  return object_document([&](JsonWriter& json) {
    write_incoming(json, hook);
    write_result(json, result);
  });
}

std::string incoming_document(const IncomingDetails& details) {
  return object_document([&](JsonWriter& json) {
    write_incoming(json, details.hook);
    json.key("url").text(
        details.url(details.tokens.empty() ? std::string_view("…") : details.tokens.front().text));
    json.key("urls").begin_array();
    for (const Secret& token : details.tokens) {
      json.begin_object().key("url").text(details.url(token.text));
      write_time(json, "expiresAt", token.expires_at);
      json.end_object();
    }
    json.end_array().key("secrets").begin_array();
    for (const Secret& secret : details.secrets) {
      json.begin_object().key("secret").text(secret.text);
      write_time(json, "expiresAt", secret.expires_at);
      json.end_object();
    }
    json.end_array();
  });
}

std::string incoming_list_document(std::span<const IncomingView> views) {
  return list_document(views, [](JsonWriter& json, const IncomingView& view) {
    const IncomingStats& stats = view.stats;
    write_incoming(json, view.hook);
    json.key("received").number(stats.received).key("duplicates").number(stats.duplicates);
    json.key("rejected").number(stats.rejected).key("failed").number(stats.failed);
    write_time(json, "lastRequestAt", stats.last_request_at);
    write_text_or_null(json, "lastOutcome", stats.last_outcome);
  });
}

void write_request(JsonWriter& json, const IncomingRequest& request, const std::string& webhook) {
  json.key("id").text(to_text(request.id)).key("webhook").text(webhook);
  json.key("webhookId").text(to_text(request.hook));
  write_time(json, "receivedAt", request.received_at);
  json.key("peer").text(request.peer).key("state").text(to_text(request.state));
  write_text_or_null(json, "detail", request.detail);
  write_time(json, "endedAt", request.ended_at);
  json.key("runs").number(std::int64_t{request.runs});
  write_text_or_null(json, "contentType", request.content_type);
  write_text_or_null(json, "deliveryId", request.delivery_id);
  json.key("bodyBytes").number(static_cast<std::int64_t>(request.body_size));
}

std::string requests_document(std::span<const IncomingRequest> requests, const HookNames& names) {
  return list_document(requests, [&](JsonWriter& json, const IncomingRequest& request) {
    const auto found = names.find(request.hook);
    write_request(json, request, found == names.end() ? std::string() : found->second);
  });
}

std::string request_document(const IncomingRequest& request, const std::string& webhook) {
  return object_document([&](JsonWriter& json) {
    write_request(json, request, webhook);
    write_text_or_null(json, "query", request.query);
    json.key("headers").raw(request.headers.empty() ? "{}" : request.headers);
    json.key("body").text(request.body);
  });
}

std::string replayed_document(const IncomingRequest& request) {
  return object_document([&](JsonWriter& json) {
    json.key("id").text(to_text(request.id)).key("state").text(to_text(request.state));
    write_text_or_null(json, "detail", request.detail);
  });
}

std::string projects_document(std::span<const Project> projects) {
  return list_document(projects, [](JsonWriter& json, const Project& project) {
    write_project(json, project);
    json.key("notes").number(std::int64_t{project.notes});
  });
}

std::string project_document(const Project& project, std::span<const Note> notes) {
  return object_document([&](JsonWriter& json) {
    write_project(json, project);
    json.key("notes").begin_array();
    for (const Note& note : notes) {
      json.begin_object().key("id").text(to_text(note.id)).key("text").text(note.text);
      json.key("source").text(note.source);
      write_time(json, "createdAt", note.created_at);
      json.end_object();
    }
    json.end_array();
  });
}

}  // namespace thig
