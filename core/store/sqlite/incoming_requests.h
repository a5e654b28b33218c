// IncomingRequestStore on SQLite.
#pragma once

#include "core/store/incoming_request_store.h"
#include "core/store/sealing.h"
#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/ownership.h"

#include <chrono>
#include <optional>
#include <unordered_map>

namespace thig::sqlite {

class IncomingRequests final : public IncomingRequestStore {
 public:
  // Nothing is recorded while the filesystem has fewer than `floor` bytes free.
  IncomingRequests(Connection& connection, Sealing& sealing, std::uint64_t floor)
      : connection_(connection), sealing_(sealing), floor_(floor) {}

  Result<std::vector<Received>> receive(std::span<const ArrivedRequest> requests, Time now,
                                        std::int64_t config_version) override;
  Result<bool> own_actions() override;
  Result<std::vector<IncomingRequest>> pending(const std::optional<RequestId>& after,
                                               std::size_t limit) override;
  Result<std::vector<IncomingRequest>> pending_of(IncomingHookId hook, std::size_t limit) override;
  Result<std::vector<IncomingHookId>> waiting_commands() override;
  Result<int> begin_command(RequestId id) override;
  Result<std::vector<EventId>> finish(std::span<const EndedRequest> ended, Time now,
                                      std::int64_t config_version, std::size_t kept_body) override;
  Result<std::vector<IncomingRequest>> list(const RequestFilter& filter) override;
  Result<IncomingRequest> one(RequestId id) override;
  Result<IncomingRequest> unmasked(RequestId id) override;
  Status requeue(RequestId id) override;
  Result<std::vector<IncomingStats>> stats() override;
  Result<std::vector<Project>> projects(std::size_t limit) override;
  Result<Project> find_project(std::string_view name_or_id) override;
  Result<std::vector<Note>> notes(ProjectId project) override;

 private:
  // What the bodies of a webhook's failed requests take, as it was a moment ago.
  struct Failed {
    std::uint64_t bytes = 0;
    std::chrono::steady_clock::time_point good_until{};
  };
  Result<std::vector<Received>> receive_part(std::span<const ArrivedRequest> requests, Time now,
                                             bool acts);
  Result<std::uint64_t> failed_bytes(IncomingHookId hook);
  Result<bool> has_room(const ArrivedRequest& arrived);

  Connection& connection_;
  Sealing& sealing_;
  std::uint64_t floor_;
  std::unordered_map<IncomingHookId, Failed> failed_;
  std::optional<Ownership> actions_;  // the right to run them
};

}  // namespace thig::sqlite
