// Making a database and bringing an older one up to date.
#pragma once

#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/schema.h"
#include "core/store/upgrade.h"

#include <span>
#include <string>

namespace thig::sqlite {

// PRAGMA application_id of our databases: "thig".
inline constexpr std::int64_t kApplicationId = 0x74686967;

// What a new database needs besides its tables.
struct Birth {
  std::string owner;  // the first member, in the role of Owner; empty for none
  int origin = 0;     // the database's own number in its event ids
};

// What SQL alone cannot convert. Called in the transaction of an upgrade, after the SQL of all
// versions above `upgrade.from`; may add notes. On an error nothing was upgraded.
using Convert = std::function<Status(Connection&, Upgrade& upgrade)>;

// How an older database is upgraded.
struct UpgradePlan {
  Convert convert{};
  OnUpgrade on_upgrade{};  // told once it is done
};

// Afterwards the schema is the newest of `migrations`, whose versions are 1, 2, 3, …; all that are
// missing are applied in one transaction. Does nothing more than look when it is already so.
// An empty file is a database that is still to be made: `not_found` without `birth`.
// `database` if the file is another program's, or of a newer thig-hooks, or is older and the
// connection may only read.
Status bring_up_to_date(Connection& connection, std::span<const Migration> migrations,
                        const Birth* birth, const UpgradePlan& plan = {});

}  // namespace thig::sqlite
