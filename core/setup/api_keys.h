// Keys of the HTTP API: who may make them, and how they are told apart from what merely looks like
// one.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/documents/json_difference.h"
#include "core/model/api_key.h"
#include "core/model/member.h"
#include "core/store/store.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

inline constexpr int most_requests_a_minute = 10'000;

struct ApiKeyDraft {
  std::string name;
  std::string member;  // whom it acts for; empty: the actor
  Scopes scopes;
  int rate = 600;  // requests a minute, 1 to most_requests_a_minute
  std::optional<Time> expires_at{};
};

struct AddedApiKey {
  ApiKey key;
  std::string text;  // the key itself, to be shown once: nobody can find it out later
};

struct EditedApiKey {
  ApiKey key;                 // as it is now
  JsonDifference difference;  // empty: nothing was changed
};

// Whether a text has the form of a key: "thig_" and 40 hexadecimal digits in lower case.
bool is_api_key(std::string_view text);
// What the store knows of a key.
std::string api_key_hash(std::string_view text);

class ApiKeys {
 public:
  ApiKeys(Store& store, const Clock& clock, Random& random, Member actor);

  // Owners, Admins and Members have keys of their own; an Owner manages those of others, too
  // (`not_permitted`). Changes are noted in the trail.
  //
  // `invalid` for a name, a rate or an end that cannot be, for no scope, and for whoever is no
  // member; `conflict` if the name is taken.
  Result<AddedApiKey> add(const ApiKeyDraft& draft);
  // An Owner's list is of all keys; by name.
  Result<std::vector<ApiKey>> list();
  // Lets `change` alter the name, scopes, rate and expiry of the key as it is now. Errors as of
  // `add`; an expiry that is left as it is may have passed. By name or id, as all below;
  // `not_found` suggests the nearest name.
  Result<EditedApiKey> edit(std::string_view name_or_id,
                            const std::function<Status(ApiKey&)>& change);
  // A key that is already in this state is not changed, and that succeeds.
  Result<ApiKey> set_enabled(std::string_view name_or_id, bool enabled);
  Result<ApiKey> remove(std::string_view name_or_id);
  // One that the actor may manage.
  Result<ApiKey> find(std::string_view name_or_id);

 private:
  Status check_may_manage(std::string_view member) const;
  Store& store_;
  const Clock& clock_;
  Random& random_;
  Member actor_;
};

// Settings without the key itself: {"name":…,"member":…,"scopes":[…],…}.
std::string api_key_json(const ApiKey& key);

}  // namespace thig
