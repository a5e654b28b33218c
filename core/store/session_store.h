// Sessions of the browser, and the codes that begin them. Of a code or a session's token a store
// knows only the SHA-256. The rules of store.h hold here.
//
// What has ended is removed by whatever adds a row, so that there is never much of it, and nobody
// has to look for it.
#pragma once

#include "core/base/error.h"
#include "core/model/session.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace thig {

// When a session was used last, as far as its user knows.
struct SessionUse {
  SessionId id;
  Time last{};
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;

  // Those that have not ended at `now`, the newest first.
  virtual Result<std::vector<Session>> all(Time now) = 0;
  // The one whose token has this hash (32 bytes), unless it has ended at `now`; nothing if none
  // has.
  virtual Result<std::optional<Session>> find_by_hash(std::string_view hash, Time now) = 0;

  // A code that begins one session. The hash must be new.
  virtual Status add_code(const LoginCode& code, std::string_view hash) = 0;
  // Removes the code of this hash and adds the session in its place, of the member whom the code is
  // for: the answer is the session as it was added. Nothing if there is no such code, or it has
  // expired when the session is created; so of two who come with one code, one gets nothing. The id
  // and the session's hash must be new.
  virtual Result<std::optional<Session>> redeem(std::string_view code_hash, const Session& session,
                                                std::string_view hash) = 0;
  // Those that are gone are passed over, and a time before the one that is noted. May be lost by a
  // power failure.
  virtual Status note_uses(std::span<const SessionUse> uses) = 0;
  // `not_found`.
  virtual Status end(SessionId id) = 0;
  // All of this member, or of everybody: the codes that are not redeemed go, too.
  virtual Status end_all(std::optional<std::string_view> member) = 0;
};

}  // namespace thig
