#include "tests/store/sqlite_place.h"
#include "tests/support/store_contract.h"

namespace thig {

TEST_CASE("the SQLite store keeps the contract") {
  for (const StoreRule& rule : store_contract()) {
    SUBCASE(rule.name) {
      SqlitePlace place;
      rule.check([&] { return place.open(); });
      RawDatabase raw(place.options.file);
      CHECK(raw.ask("PRAGMA integrity_check") == "ok");
    }
  }
}

}  // namespace thig
