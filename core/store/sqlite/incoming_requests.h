// Requests to incoming webhooks on SQLite: recorded, worked off, listed.
#pragma once

#include "core/store/incoming_store.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/sealing.h"

#include <chrono>
#include <unordered_map>

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
  Result<int> begin_command(RequestId id);
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

 private:
  // What the bodies of a webhook's failed requests take, as it was a moment ago.
  struct Failed {
    std::uint64_t bytes = 0;
    std::chrono::steady_clock::time_point good_until{};
  };
  Result<std::uint64_t> failed_bytes(IncomingHookId hook);
  Result<bool> has_room(const ArrivedRequest& arrived);

  Connection& connection_;
  Sealing& sealing_;
  std::uint64_t floor_;
  std::unordered_map<IncomingHookId, Failed> failed_;
};

}  // namespace thig::sqlite
