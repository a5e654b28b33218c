// Logging in to the page: who may make a login link for whom, and who may end which session.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/model/member.h"
#include "core/model/session.h"
#include "core/store/store.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// How long a login code can be used.
inline constexpr Millis usual_login_period = std::chrono::minutes(5);
inline constexpr Millis shortest_login_period = std::chrono::minutes(1);
inline constexpr Millis longest_login_period = std::chrono::hours(1);

struct NewLoginCode {
  LoginCode code;
  std::string text;  // the code itself, to be shown once: nobody can find it out later
};

class Sessions {
 public:
  Sessions(Store& store, const Clock& clock, Random& random, Member actor);

  // Everybody in the list of members logs in themselves, a Viewer too; an Owner does all of this
  // for others (`not_permitted`). Changes are noted in the trail.
  //
  // For `member`; empty: the actor. `invalid` for whoever is not in the list, and for a period that
  // is too short or too long.
  Result<NewLoginCode> make_code(std::string_view member, Millis period);
  // The newest first. Of this member; without one: of all for an Owner, the actor's own otherwise.
  Result<std::vector<Session>> list(const std::optional<std::string>& member = {});
  // By their ids, all or none of them; `not_found`. Answers what has ended.
  Result<std::vector<Session>> end(std::span<const std::string> ids);
  // Those that `list` has, and login codes that are not redeemed yet.
  Result<std::vector<Session>> end_all(const std::optional<std::string>& member = {});

 private:
  Status check_may_manage(std::string_view member) const;

  Store& store_;
  const Clock& clock_;
  Random& random_;
  Member actor_;
};

struct BegunSession {
  Session session;
  Member member;      // in the role of this moment
  std::string token;  // what opens the session from now on
};

// What a browser comes with that wants a session.
struct Arrival {
  std::string_view code;           // or the whole link that has it
  std::string_view client = {};    // what it calls itself (User-Agent)
  std::string_view replaces = {};  // the token of the session that it has had until now, if any
};
// Redeems a code. `not_permitted` if it opens nothing: it is none, was redeemed already, has
// expired, or its member is not in the list any more. The session that is replaced ends with that,
// whosever it was, for nothing leads to it any more.
Result<BegunSession> begin_session(Store& store, const Clock& clock, Random& random,
                                   const Arrival& arrival);

// Through what a member acts who is logged in (Member::via).
inline constexpr std::string_view via_session = "session";

}  // namespace thig
