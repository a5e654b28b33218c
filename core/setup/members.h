// Members of the organisation: who may do what on this installation. On the command line a member
// is an OS user of the same name.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/model/change_result.h"
#include "core/model/member.h"
#include "core/store/config_store.h"

#include <string_view>

namespace thig {

struct MemberChange {
  Member member;  // as it is now, or was
  ChangeResult result = ChangeResult::unchanged;
};

class Members {
 public:
  Members(ConfigStore& config, const Clock& clock, Member actor);

  // Each needs an Owner (`not_permitted`) and is noted in the trail of changes, unless it changes
  // nothing, which succeeds.
  // `invalid` for what is no name; `conflict` for a member with another role.
  Result<MemberChange> add(std::string_view name, Role role);
  // These two: `not_found` suggests the nearest name; `conflict` if no Owner would be left.
  Result<MemberChange> set_role(std::string_view name, Role role);
  Result<MemberChange> remove(std::string_view name);

 private:
  Result<Member> find(std::string_view name);

  ConfigStore& config_;
  const Clock& clock_;
  Member actor_;
};

// The member of that name, who must be in the list: what acts by itself, as a key or a session
// does, would open to anybody else what every Viewer may read, and grow with them once they are
// made a member. `invalid` for others; the hint begins with `ask`: "name the member that the key
// acts for".
Result<Member> find_listed(ConfigStore& config, std::string_view name, std::string_view ask);

// The member that an OS user is: as registered; root is an Owner everywhere; anybody else is a
// Viewer.
Result<Member> member_of(ConfigStore& config, std::string_view os_user, bool is_root);

}  // namespace thig
