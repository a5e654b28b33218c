// Requests to incoming webhooks: as they come, as they are acted upon, as they are listed. The
// rules of store.h hold here.
#pragma once

#include "core/base/error.h"
#include "core/model/event.h"
#include "core/model/incoming_hook.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What an action has brought about, recorded together with its end.
struct ActionEffects {
  std::optional<Project> project;
  std::optional<Note> note;
  std::vector<NewEvent> events;
};

// How an action ended.
struct ActionOutcome {
  RequestState state = RequestState::done;
  std::string detail;
  ActionEffects effects;
};

// What became of a pending request.
struct EndedRequest {
  RequestId id;
  IncomingHookId hook;  // the request's own
  ActionOutcome outcome;
};

// One request on its way in.
struct ArrivedRequest {
  IncomingRequest request;  // its id is decided by the store
  // What may be shown of it, where that is not all: its headers and query are sealed then.
  std::optional<MaskedRequest> masked{};
  // Whatever names the same message: the sender's delivery id, the hash of the body. If one of them
  // was seen for this webhook and has not been forgotten, the request is a duplicate, unless all
  // that was done for that message has failed: then it is to be acted upon as a new one.
  std::vector<std::string> seen_keys;
  Time forget_at{};  // when the keys are forgotten
  // What the bodies of this webhook's failed requests may take; nothing: any amount.
  std::optional<std::uint64_t> most_failed{};
  std::vector<NewEvent> raised;  // incoming.received; not recorded for a duplicate
  // How its action ends, where that is known as it comes: recorded with it, if it is its turn.
  std::optional<ActionOutcome> outcome{};
};

struct Received {
  RequestId id;
  bool duplicate = false;
  bool refused = false;  // not recorded: failed requests of its webhook hold all they may
  bool pending = false;  // its action is still to be run
  bool ended = false;    // with the outcome that it brought
};

struct RequestFilter {
  std::optional<IncomingHookId> hook{};
  std::optional<RequestState> state{};
  std::optional<RequestId> before{};  // keyset paging: only older ones
  std::optional<Time> since{};        // received then or later
  std::optional<Time> until{};        // received earlier than this
  std::size_t limit = 50;
};

class IncomingRequestStore {
 public:
  virtual ~IncomingRequestStore() = default;

  // ------------------------------------------------------------------------------------- serving
  // Records all of them in one transaction: once this has returned they survive a power failure.
  // Requests come in the state they are to have (pending, or rejected); duplicates are
  // recorded without a body. A request whose webhook is gone is dropped and answered as a
  // duplicate. `full` below the floor of free space.
  // Those that bring the outcome of their action end with it, as by `finish`, their bodies whole;
  // except behind a pending one of the same webhook. All of these stay pending if the configuration
  // is no longer at `config_version`, or if an effect is refused.
  virtual Result<std::vector<Received>> receive(std::span<const ArrivedRequest> requests, Time now,
                                                std::int64_t config_version = -1) = 0;

  // ------------------------------------------------------------------------------------- actions
  // Takes the right to run actions unless another Store object has it, of whichever process; kept
  // until this one goes. True if it is this one's.
  virtual Result<bool> own_actions() = 0;
  // Requests whose action is to be run, oldest first, with their bodies. Both answer fewer than
  // `limit` where the bodies are large. Of all webhooks that run no command, after `after`:
  virtual Result<std::vector<IncomingRequest>> pending(const std::optional<RequestId>& after,
                                                       std::size_t limit) = 0;
  // Of one webhook, whatever it does:
  virtual Result<std::vector<IncomingRequest>> pending_of(IncomingHookId hook,
                                                          std::size_t limit) = 0;
  // Webhooks that run commands and have any pending, by id. Costs a few seeks for each webhook that
  // has anything pending.
  virtual Result<std::vector<IncomingHookId>> waiting_commands() = 0;
  // To be called before a request's command is started. Answers how often it has been by now, this
  // time and earlier requests of the same message included; 0 if it is not pending any more. May be
  // lost by a power failure, which ends the command too.
  virtual Result<int> begin_command(RequestId id) = 0;
  // Ends pending requests in one transaction: their states, details and effects. Answers
  // the ids of the events. `conflict` if the configuration is no longer at `config_version`; one
  // that is not pending (someone else ended it) is dropped with its effects. Of those that are
  // done, bodies over `kept_body` bytes are cut to it: the others may have to be run again.
  virtual Result<std::vector<EventId>> finish(std::span<const EndedRequest> ended, Time now,
                                              std::int64_t config_version,
                                              std::size_t kept_body) = 0;

  // --------------------------------------------------------------------------------------- lists
  // Newest first, without bodies and headers.
  virtual Result<std::vector<IncomingRequest>> list(const RequestFilter& filter) = 0;
  // With body and headers, masked where something of it is secret; `not_found`.
  virtual Result<IncomingRequest> one(RequestId id) = 0;
  // The same as it came; `key` if what is sealed of it cannot be opened. So are those above whose
  // action is to be run.
  virtual Result<IncomingRequest> unmasked(RequestId id) = 0;
  // Makes an ended request pending again. `not_found`; `invalid` if its body was cut (it was done),
  // or it was rejected or a duplicate.
  virtual Status requeue(RequestId id) = 0;
  virtual Result<std::vector<IncomingStats>> stats() = 0;
  // Newest first.
  virtual Result<std::vector<Project>> projects(std::size_t limit) = 0;
  // By id text, or by name: the newest of that name. `not_found`.
  virtual Result<Project> find_project(std::string_view name_or_id) = 0;
  // Oldest first.
  virtual Result<std::vector<Note>> notes(ProjectId project) = 0;
};

}  // namespace thig
