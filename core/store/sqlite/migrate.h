// Making a database and bringing an older one up to date.
#pragma once

#include "core/store/sqlite/connection.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/schema.h"
#include "core/store/upgrade.h"

#include <cstdint>
#include <functional>
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
  std::function<void()> on_begin{};  // told once nobody can remove the database any more
  Convert convert{};
  OnUpgrade on_upgrade{};  // told once it is done
  // What can still be written where the database lies (place.h).
  std::function<Result<std::uint64_t>(const std::string& file)> room = free_space;
};

// Afterwards the schema is the newest of `migrations`, whose versions are 1, 2, 3, …; all that are
// missing are applied in one transaction. Does nothing more than look when it is already so.
// An older database is upgraded only while nobody delivers or acts from it (both locks of
// ownership.h are held; else `busy`, naming the process to stop), where there is space for it
// (`full`; for the copy and for a journal with every page), and after a checked copy was made
// beside it: "<database>.schema-<version>". An empty file is a database that is still to be made:
// `not_found` without `birth`. `database` if the file is another program's, or of a newer
// thig-hooks, or is older and the connection may only read.
Status bring_up_to_date(Connection& connection, std::span<const Migration> migrations,
                        const Birth* birth, const UpgradePlan& plan = {});

// The copy that an upgrade from this schema leaves.
std::string copy_before_upgrade(const std::string& database, std::int64_t version);

}  // namespace thig::sqlite
