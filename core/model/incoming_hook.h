// An incoming webhook: a URL that outside services send to, and what is done with what they send.
#pragma once

#include "core/base/time.h"
#include "core/model/condition.h"
#include "core/model/ids.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What a request causes.
enum class ActionKind {
  create_project,  // fields: name; status, description, source
  add_note,        // fields: project (its id or name), text; source
  emit,            // an event of `event_type`; its data is the body, or an object of the fields
  run,             // a fixed command, with the body on its standard input
};
// "create-project", …
std::string_view to_text(ActionKind kind);
std::optional<ActionKind> parse_action_kind(std::string_view text);

struct FieldRule {
  std::string field;
  ValueRef value;
  std::optional<std::string> fallback{};  // where the request has no such value
  bool operator==(const FieldRule&) const = default;
};

struct IncomingAction {
  ActionKind kind = ActionKind::emit;
  std::string event_type;  // emit
  std::vector<FieldRule> fields;
  std::vector<Condition> conditions;  // all must hold, or nothing is done
  std::vector<std::string> command;   // run: the program's absolute path and its arguments
  std::string directory;              // run: where it runs; empty: "/"
  Millis timeout{30'000};             // run: then its process group is killed
  int max_parallel = 1;               // run: of this webhook
  bool operator==(const IncomingAction&) const = default;
};

struct IncomingHook {
  IncomingHookId id;
  std::string name;  // unique among all webhooks, outgoing ones too
  std::string description;
  IncomingAction action;

  std::string scheme;  // of rules/scheme.h; empty: the token in the URL is all there is
  // What Meta's handshake must say; empty: nothing is accepted there. It is sealed, so the store
  // reads it only when it is asked to (IncomingConfigStore::open_verify_token).
  std::string verify_token;
  bool verify_token_sealed = false;            // there is one, and it was not read
  std::vector<std::string> allowed_addresses;  // CIDR; empty: all
  std::vector<std::string> content_types;      // empty: JSON and forms
  std::size_t max_body = 1u << 20;             // bytes; at most 25 MiB
  // For so long a message that comes again is answered and not acted upon; 0: each is.
  Millis dedupe = std::chrono::hours(24);
  double rate = 0;  // requests a second at most; 0 for no limit

  bool enabled = true;
  Time created_at{};
  Time updated_at{};
  bool operator==(const IncomingHook&) const = default;
};

// What became of a request.
enum class RequestState {
  pending,  // recorded and answered; its action is still to be run
  done,
  skipped,    // a condition did not hold
  failed,     // the action could not be done; the detail says why
  duplicate,  // came before: answered, nothing done
  rejected,   // refused: bad signature, …; recorded without its body
};
std::string_view to_text(RequestState state);
std::optional<RequestState> parse_request_state(std::string_view text);

// A request as it is recorded.
struct IncomingRequest {
  RequestId id;
  IncomingHookId hook;
  Time received_at{};
  std::string peer;  // the client's address
  std::string content_type;
  std::string headers;        // JSON: {"name":"value"}, names in lower case
  std::string query;          // as it came, without "?"
  bool masked = false;        // headers and query are as of MaskedRequest
  std::string delivery_id;    // the sender's own; empty if it has none
  std::string body;           // the bytes as they came
  std::size_t body_size = 0;  // as it came
  RequestState state = RequestState::pending;
  int runs = 0;        // how often its action was run to its end
  int starts = 0;      // how often its command was started, by earlier requests of the message too
  std::string detail;  // "project proj_…", "exit status 1", "no value at /data/title"
  std::optional<Time> ended_at{};
};

// A request as it may be shown to anyone, where something of it is secret.
struct MaskedRequest {
  std::string headers;  // JSON, the values of secret headers null
  std::string query;    // "token=(sealed)&page=2"
};

struct Project {
  ProjectId id;
  std::string name;
  std::string status;
  std::string description;
  std::string source;  // what the webhook says, or else its name
  Time created_at{};
  int notes = 0;
};

struct Note {
  NoteId id;
  ProjectId project;
  std::string text;
  std::string source;
  Time created_at{};
};

// What is counted for a webhook.
struct IncomingStats {
  IncomingHookId id;
  std::int64_t received = 0;  // accepted, duplicates not among them
  std::int64_t duplicates = 0;
  std::int64_t rejected = 0;
  std::int64_t failed = 0;  // actions
  std::optional<Time> last_request_at{};
  std::string last_outcome;
};

}  // namespace thig
