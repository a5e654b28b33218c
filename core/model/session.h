// Who is in the browser: a member comes in with a login code, which opens the door once, and has a
// session from then on. What the member may do is looked up again at each request.
#pragma once

#include "core/base/time.h"
#include "core/model/ids.h"

#include <string>

namespace thig {

struct LoginCode {
  std::string member;
  Time created_at{};
  Time expires_at{};
};

struct Session {
  SessionId id;
  std::string member;
  std::string client;  // what it was begun with, to tell sessions apart: "Firefox on Linux"
  Time created_at{};
  Time expires_at{};    // at the latest
  Time last_used_at{};  // to a minute
};

inline constexpr Millis longest_session = std::chrono::hours(12);
// A session that is not used for so long has ended, too: its browser may stand open somewhere.
inline constexpr Millis longest_idle = std::chrono::hours(2);

// When it ends if it is not used any more.
Time end_of(const Session& session);
bool has_ended(const Session& session, Time now);

}  // namespace thig
