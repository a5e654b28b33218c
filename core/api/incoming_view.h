// Incoming webhooks, and what came in, as documents.
#pragma once

#include "core/base/json.h"
#include "core/model/change_result.h"
#include "core/model/endpoint.h"
#include "core/model/incoming_hook.h"
#include "core/rules/incoming_rules.h"

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace thig {

// What is known of one incoming webhook.
struct IncomingView {
  IncomingHook hook;
  IncomingStats stats;
};

// With what is to be given out of it: its URLs and secrets, only for who may see them.
struct IncomingDetails {
  IncomingHook hook;
  std::string public_url;         // of the installation
  std::vector<Secret> tokens{};   // the current one first
  std::vector<Secret> secrets{};  // that verify
  // The URL under this token; "…" stands for one that is not shown.
  std::string url(std::string_view token) const { return incoming_url(public_url, token); }
};

// The members of an object, without its braces: settings and state, never a secret.
void write_incoming(JsonWriter& json, const IncomingHook& hook);
// The webhook alone, and as it is after a change of it.
std::string incoming_document(const IncomingHook& hook);
std::string incoming_document(const IncomingHook& hook, ChangeResult result);
std::string incoming_document(const IncomingDetails& details);
// With their figures.
std::string incoming_list_document(std::span<const IncomingView> views);

using HookNames = std::unordered_map<IncomingHookId, std::string>;

// The members of an object: without headers and body.
void write_request(JsonWriter& json, const IncomingRequest& request, const std::string& webhook);
// A page of requests; a webhook that is gone has no name.
std::string requests_document(std::span<const IncomingRequest> requests, const HookNames& names);
// One with its query, headers and body.
std::string request_document(const IncomingRequest& request, const std::string& webhook);
// What a replay came to.
std::string replayed_document(const IncomingRequest& request);

// Projects, each with the number of its notes; one with its notes.
std::string projects_document(std::span<const Project> projects);
std::string project_document(const Project& project, std::span<const Note> notes);

}  // namespace thig
