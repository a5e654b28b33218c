// What the program needs from a database for incoming webhooks. The rules of store.h hold here too:
// every method is one transaction, errors common to all are `database`, `busy` and `full`.
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"
#include "core/model/event.h"
#include "core/model/incoming_hook.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What a token in a URL opens. Tokens are looked up by the hash of their text (SHA-256, 32 bytes).
struct TokenHash {
  std::string hash;
  IncomingHookId hook;
  std::optional<Time> expires_at{};  // nothing for the current one
};

// One request on its way in.
struct ArrivedRequest {
  IncomingRequest request;  // its id is decided by the store
  // Whatever names the same message: the sender's delivery id, the hash of the body. If one of them
  // was seen for this webhook and has not been forgotten, the request is a duplicate, and none of
  // its keys is remembered.
  std::vector<std::string> seen_keys;
  Time forget_at{};              // when the keys are forgotten
  std::vector<NewEvent> raised;  // incoming.received; not recorded for a duplicate
};

struct Received {
  RequestId id;
  bool duplicate = false;
};

// What an action has brought about, recorded together with its end.
struct ActionEffects {
  std::optional<Project> project;
  std::optional<Note> note;
  std::vector<NewEvent> events;
};

// What became of a pending request.
struct EndedRequest {
  RequestId id;
  IncomingHookId hook;  // the request's own
  RequestState state = RequestState::done;
  std::string detail;
  ActionEffects effects;
};

struct RequestFilter {
  std::optional<IncomingHookId> hook{};
  std::optional<RequestState> state{};
  std::optional<RequestId> before{};  // keyset paging: only older ones
  std::size_t limit = 50;
};

class IncomingStore {
 public:
  virtual ~IncomingStore() = default;

  // ------------------------------------------------------------------------------- configuration
  // All incoming webhooks, by name.
  virtual Result<std::vector<IncomingHook>> incoming_hooks() = 0;
  // By id text or name; `not_found` names what was asked for.
  virtual Result<IncomingHook> find_incoming(std::string_view name_or_id) = 0;
  // `conflict` if the name is taken, by an outgoing webhook too. `secret` verifies signatures;
  // nothing where there is no scheme. Created at `now`.
  virtual Status add_incoming(const IncomingHook& hook, const Secret& token,
                              const std::optional<Secret>& secret, Time now,
                              std::span<const NewEvent> raised) = 0;
  // Every setting of the hook of this id, its name too; updated at `now`. With `secret` it alone
  // verifies from now on. `not_found`, `conflict`.
  virtual Status update_incoming(const IncomingHook& hook, const std::optional<Secret>& secret,
                                 Time now, std::span<const NewEvent> raised) = 0;
  // With its tokens, secrets, requests, counters. Projects and notes stay. `not_found`.
  virtual Status remove_incoming(IncomingHookId id, Time now, std::span<const NewEvent> raised) = 0;
  // Those that verify, and those that open the URL, at `now`: the current one first, then those
  // still in overlap. Errors as of ConfigStore::secrets.
  virtual Result<std::vector<Secret>> incoming_secrets(IncomingHookId id, Time now) = 0;
  virtual Result<std::vector<Secret>> incoming_tokens(IncomingHookId id, Time now) = 0;
  // As ConfigStore::rotate_secret.
  virtual Status rotate_incoming_secret(IncomingHookId id, const Secret& fresh,
                                        std::optional<Time> old_until, Time now,
                                        std::span<const NewEvent> raised) = 0;
  virtual Status rotate_incoming_token(IncomingHookId id, const Secret& fresh,
                                       std::optional<Time> old_until, Time now,
                                       std::span<const NewEvent> raised) = 0;

  // ------------------------------------------------------------------------------------- serving
  // Of all webhooks, those that are open at `now`. Needs no key.
  virtual Result<std::vector<TokenHash>> token_hashes(Time now) = 0;
  // Records all of them in one durable transaction: once this has returned they survive a power
  // loss. Requests come in the state they are to have (pending, or rejected); duplicates are
  // recorded without a body. A request whose webhook is gone is dropped and answered as a
  // duplicate. `full` below the floor of free space.
  virtual Result<std::vector<Received>> receive(std::span<const ArrivedRequest> requests,
                                                Time now) = 0;

  // ------------------------------------------------------------------------------------- actions
  // Takes the right to run actions unless another Store object has it, of whichever process; kept
  // until this one goes. True if it is this one's.
  virtual Result<bool> own_actions() = 0;
  // Requests whose action is to be run, oldest first, with their bodies. Both answer fewer than
  // `limit` where the bodies are large. Of all webhooks that run no command, after `after`:
  virtual Result<std::vector<IncomingRequest>> pending_requests(
      const std::optional<RequestId>& after, std::size_t limit) = 0;
  // Of one webhook, whatever it does:
  virtual Result<std::vector<IncomingRequest>> pending_requests_of(IncomingHookId hook,
                                                                   std::size_t limit) = 0;
  // Ends pending requests in one durable transaction: their states, details and effects. Answers
  // the ids of the events. `conflict` if the configuration is no longer at `config_version`; one
  // that is not pending (someone else ended it) is dropped with its effects. Bodies over
  // `kept_body` bytes are cut to it.
  virtual Result<std::vector<EventId>> finish_requests(std::span<const EndedRequest> ended,
                                                       Time now, std::int64_t config_version,
                                                       std::size_t kept_body) = 0;

  // --------------------------------------------------------------------------------------- lists
  // Newest first, without bodies and headers.
  virtual Result<std::vector<IncomingRequest>> requests(const RequestFilter& filter) = 0;
  // With body and headers; `not_found`.
  virtual Result<IncomingRequest> request(RequestId id) = 0;
  // Makes an ended request pending again. `not_found`; `invalid` if its body was cut, or it was
  // rejected or a duplicate.
  virtual Status requeue_request(RequestId id, Time now) = 0;
  virtual Result<std::vector<IncomingStats>> incoming_stats() = 0;
  // Newest first.
  virtual Result<std::vector<Project>> projects(std::size_t limit) = 0;
  // By id text, or by name: the newest of that name. `not_found`.
  virtual Result<Project> find_project(std::string_view name_or_id) = 0;
  // Oldest first.
  virtual Result<std::vector<Note>> notes(ProjectId project) = 0;
  // Deletes ended requests from before `before` and keys that have expired at `now`; a bounded
  // number, so that writers are not held up. Answers how many requests went.
  virtual Result<std::size_t> forget_requests(Time before, Time now, std::size_t most) = 0;
};

}  // namespace thig
