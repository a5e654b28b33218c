// Requests to incoming webhooks on SQLite: recorded, worked off, listed.
#pragma once

#include "core/store/incoming_store.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/sealing.h"

namespace thig::sqlite {

class IncomingRequests {
 public:
  // Nothing is recorded while the filesystem has fewer than `floor` bytes free.
  IncomingRequests(Connection& connection, Sealing& sealing, std::uint64_t floor)
      : connection_(connection), sealing_(sealing), floor_(floor) {}

  // As IncomingStore says.
  Result<std::vector<Received>> receive(std::span<const ArrivedRequest> requests, Time now);
  Result<std::vector<IncomingRequest>> pending(const std::optional<RequestId>& after,
                                               std::size_t limit);
  Result<std::vector<IncomingRequest>> pending_of(IncomingHookId hook, std::size_t limit);
  Result<std::vector<EventId>> finish(std::span<const EndedRequest> ended, Time now,
                                      std::int64_t config_version, std::size_t kept_body);
  Result<std::vector<IncomingRequest>> list(const RequestFilter& filter);
  Result<IncomingRequest> one(RequestId id);
  Result<IncomingRequest> unmasked(RequestId id);
  Status requeue(RequestId id);
  Result<std::vector<IncomingStats>> stats();
  Result<std::vector<Project>> projects(std::size_t limit);
  Result<Project> find_project(std::string_view name_or_id);
  Result<std::vector<Note>> notes(ProjectId project);
  Result<std::size_t> forget(Time before, Time now, std::size_t most);

 private:
  Connection& connection_;
  Sealing& sealing_;
  std::uint64_t floor_;
};

}  // namespace thig::sqlite
