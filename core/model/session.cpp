#include "core/model/session.h"

#include <algorithm>

namespace thig {

Time end_of(const Session& session) {
  return std::min(session.expires_at, session.last_used_at + longest_idle);
}

bool has_ended(const Session& session, Time now) {
  return end_of(session) <= now;
}

}  // namespace thig
