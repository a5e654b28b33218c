// The tables of sessions and login codes.
#pragma once

#include "core/store/session_store.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

class Sessions final : public SessionStore {
 public:
  explicit Sessions(Connection& connection) : connection_(connection) {}

  Result<std::vector<Session>> all(Time now) override;
  Result<std::optional<Session>> find_by_hash(std::string_view hash, Time now) override;
  Status add_code(const LoginCode& code, std::string_view hash) override;
  Result<std::optional<Session>> redeem(std::string_view code_hash, const Session& session,
                                        std::string_view hash) override;
  Status note_uses(std::span<const SessionUse> uses) override;
  Status end(SessionId id) override;
  Status end_all(std::optional<std::string_view> member) override;

 private:
  Status remove_ended(Time now);

  Connection& connection_;
};

// A part of the transaction that is open.
Status end_sessions(Connection& connection, std::optional<std::string_view> member);

}  // namespace thig::sqlite
