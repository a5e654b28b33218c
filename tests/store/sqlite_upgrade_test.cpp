// Databases that earlier programs have made (tests/databases), and what upgrading one needs and
// leaves.
#include "core/base/folder_lock.h"
#include "core/store/sqlite/migrate.h"
#include "core/store/sqlite/ownership.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/remark_text.h"

#include <filesystem>
#include <map>

#include <sys/stat.h>

namespace thig {

namespace {

namespace fs = std::filesystem;

const int newest = sqlite::schema_migrations().back().version;

// A database as a program of that schema has left it, with its key.
class OldPlace : public SqlitePlace {
 public:
  explicit OldPlace(int schema) {
    const std::string from = std::string(THIG_TEST_DATA) + "/databases/schema-";
    for (const auto& [file, kind] :
         {std::pair{options.file, ".db"}, std::pair{options.key_file, ".key"}}) {
      fs::create_directories(fs::path(file).parent_path());
      fs::copy_file(from + std::to_string(schema) + kind, file);
      REQUIRE(chmod(file.c_str(), 0600) == 0);
    }
    options.on_upgrade = [this](const Upgrade& done) {
      upgrades.push_back(done);
      // An upgrade may take minutes, in which others can use the folder.
      CHECK(lock_folder(fs::path(options.file).parent_path(), FolderUse::alone, Millis{0})
                .has_value());
    };
  }
  std::vector<Upgrade> upgrades;
};

// How many rows each table has. `activity` is left out: totals were added to it.
std::map<std::string, std::string> rows_in(const std::string& file) {
  RawDatabase raw(file);
  std::string names = raw.ask(
      "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name <> 'activity'");
  std::map<std::string, std::string> rows;
  for (std::size_t end = 0; end != names.npos; names.erase(0, end + 1)) {
    end = names.find(',');
    const std::string name = names.substr(0, end);
    rows[name] = raw.ask("SELECT count(*) FROM " + name);
    if (end == names.npos) break;
  }
  return rows;
}

// Every column of every table, and every index.
std::string structure_of(const std::string& file) {
  return RawDatabase(file).ask(
      "SELECT group_concat(line, char(10)) FROM (SELECT m.type || ' ' || m.name || '.' || p.name "
      "|| ' ' || p.type || ' ' || p.\"notnull\" || ' ' || coalesce(p.dflt_value, '') || p.pk AS "
      "line FROM sqlite_schema m JOIN pragma_table_info(m.name) p ORDER BY line)");
}

std::map<std::string, Endpoint> endpoints_of(Store& store) {
  std::map<std::string, Endpoint> all;
  for (Endpoint& one : get(store.config().endpoints())) all.emplace(one.name, std::move(one));
  return all;
}

EndpointStats totals_of(Store& store) {
  EndpointStats totals;
  for (const EndpointStats& one : get(store.statistics().stats(std::nullopt))) {
    totals.pending += one.pending;
    totals.delivered += one.delivered;
    totals.dead += one.dead;
    totals.missed += one.missed;
    totals.attempts_ok += one.attempts_ok;
  }
  return totals;
}

void check_webhooks(Store& store) {
  const auto webhooks = endpoints_of(store);
  REQUIRE(webhooks.contains("crm"));
  Endpoint crm = webhooks.at("crm");
  CHECK(crm.events == std::vector<std::string>{"project.*"});
  CHECK(crm.conditions.empty());
  REQUIRE(crm.headers.size() == 2);
  CHECK(crm.headers[0].name == "Authorization");
  CHECK(crm.headers[0].value.empty());  // sealed by the upgrade
  REQUIRE(store.config().open_headers(crm));
  CHECK(crm.headers[0].value == "Bearer crm-token-0123456789");
  CHECK(crm.headers[1].value == "sales");
  const auto secrets = get(store.config().secrets(crm.id, crm.created_at));
  REQUIRE(secrets.size() == 2);  // one is in its overlap
  CHECK(secrets[1].text == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  CHECK(webhooks.at("everything").events ==
        std::vector<std::string>{"*", "webhook.*", "incoming.*"});  // goes on getting what it got
  CHECK(webhooks.at("slow").signature == SignatureMode::thig);
  CHECK(webhooks.at("off").state == EndpointState::disabled);
}

void check_history(Store& store, const std::string& file) {
  const EndpointStats totals = totals_of(store);
  RawDatabase raw(file);
  CHECK(std::to_string(totals.pending) == raw.ask("SELECT count(*) FROM queue"));
  CHECK(std::to_string(totals.delivered) ==
        raw.ask("SELECT count(*) FROM delivery WHERE state = 1"));
  CHECK(std::to_string(totals.dead) == raw.ask("SELECT count(*) FROM delivery WHERE state = 2"));
  CHECK(std::to_string(totals.missed) == raw.ask("SELECT count(*) FROM delivery WHERE state = 3"));
  for (const std::int64_t some :
       {totals.pending, totals.delivered, totals.dead, totals.missed, totals.attempts_ok}) {
    CHECK(some > 0);
  }
  const auto page = get(store.history().search({}));
  REQUIRE_FALSE(page.deliveries.empty());
  for (const auto& row : page.deliveries)
    CHECK(get(store.history().timeline(row.id)).delivery.id == row.id);
}

void check_incoming(Store& store) {
  const auto hooks = get(store.incoming().hooks());
  REQUIRE(hooks.size() == 3);
  IncomingHook meta = get(store.incoming().find("meta"));
  REQUIRE(store.incoming().open_verify_token(meta));
  CHECK(meta.verify_token == "meta-verify-token-1");
  const IncomingHook issues = get(store.incoming().find("issues"));
  CHECK(get(store.incoming().secrets(issues.id, noon)).front().text == "gh-secret-0123456789");
  CHECK(get(store.incoming().tokens(issues.id, issues.created_at)).size() == 2);
  const auto requests = get(store.requests().list({}));
  REQUIRE(requests.size() == 5);
  CHECK(get(store.requests().one(requests.front().id)).body == R"({"order":9})");
  CHECK(requests.front().query.find("page") != std::string::npos);
  CHECK(get(store.requests().projects(10)).size() == 1);
}

void check_keys(Store& store) {
  const auto keys = get(store.api_keys().all());
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].name == "ci");
  CHECK_FALSE(keys[0].enabled);
  CHECK(keys[1].rate == 120);
}

void check_sessions(Store& store) {
  const auto sessions = get(store.sessions().all(*parse_rfc3339("2026-11-30T20:14:00Z")));
  REQUIRE(sessions.size() == 1);
  CHECK(sessions[0].member == "ann");
}

std::unique_ptr<sqlite::Connection> connect_to(const SqlitePlace& place) {
  return get(sqlite::Connection::open({.file = place.options.file, .busy_timeout = Millis{50}}));
}

std::vector<sqlite::Migration> with_one_more(std::string_view sql) {
  const auto today = sqlite::schema_migrations();
  std::vector<sqlite::Migration> all(today.begin(), today.end());
  all.push_back({newest + 1, sql});
  return all;
}

std::string copy_of(const SqlitePlace& place) {
  return sqlite::copy_before_upgrade(place.options.file, newest);
}

}  // namespace

TEST_CASE("databases of every earlier schema are opened, upgraded and whole") {
  SqlitePlace fresh;
  fresh.open();
  const std::string structure = structure_of(fresh.options.file);
  for (const int schema : {1, 2, 3, 4, 5, 6}) {
    CAPTURE(schema);
    OldPlace place(schema);
    const auto before = rows_in(place.options.file);
    {
      const auto store = place.open();
      check_webhooks(*store);
      check_history(*store, place.options.file);
      if (schema > 1) check_incoming(*store);
      if (schema > 4) check_keys(*store);
      if (schema > 5) check_sessions(*store);
      emit(*store, sample_event({get(store->config().find_endpoint("crm")).id}));
    }
    REQUIRE(place.upgrades.size() == (schema < newest ? 1 : 0));
    RawDatabase raw(place.options.file);
    CHECK(raw.ask("PRAGMA user_version") == std::to_string(newest));
    CHECK(raw.ask("PRAGMA integrity_check") == "ok");
    CHECK(structure_of(place.options.file) == structure);
    const auto after = rows_in(place.options.file);
    for (const auto& [table, rows] : before) {
      CAPTURE(table);
      const bool emitted = table == "event" || table == "queue";
      CHECK(std::stol(after.at(table)) == std::stol(rows) + (emitted ? 1 : 0));
    }
    if (schema == newest) continue;

    const Upgrade& upgrade = place.upgrades.front();
    CHECK(upgrade.from == schema);
    CHECK(upgrade.to == newest);
    CHECK(upgrade.copy == place.options.file + ".schema-" + std::to_string(schema));
    CHECK(mode_of(upgrade.copy) == 0600);
    CHECK(rows_in(upgrade.copy) == before);
    RawDatabase copy(upgrade.copy);
    CHECK(copy.ask("PRAGMA user_version") == std::to_string(schema));
    CHECK(copy.ask("PRAGMA integrity_check") == "ok");
    place.open();
    CHECK(place.upgrades.size() == 1);
  }
}

TEST_CASE("a database is not upgraded while another process delivers or acts from it") {
  for (const Duty duty : {Duty::dispatch, Duty::actions}) {
    SqlitePlace place;
    place.open();
    const auto next = with_one_more("CREATE TABLE later (x)");
    {
      const Ownership other = get(Ownership::take(place.options.file, duty));
      const Error error = error_of(sqlite::bring_up_to_date(*connect_to(place), next, nullptr));
      CHECK(error.code == ErrorCode::busy);
      CHECK((error.text + remark_text(error.hint)).find(std::to_string(getpid())) !=
            std::string::npos);
      CHECK(remark_text(error.hint).find(duty == Duty::dispatch ? "run" : "serve-incoming") !=
            std::string::npos);
      CHECK_FALSE(fs::exists(copy_of(place)));
    }
    ok(sqlite::bring_up_to_date(*connect_to(place), next, nullptr));
    CHECK_FALSE(Ownership::holder(place.options.file, duty).has_value());
  }
}

TEST_CASE("what SQL cannot convert is converted in the upgrade, or nothing is") {
  SqlitePlace place;
  place.open();
  const auto next = with_one_more("CREATE TABLE later (x)");
  sqlite::UpgradePlan plan;
  plan.convert = [](sqlite::Connection&, Upgrade&) -> Status {
    return fail(ErrorCode::key, "no key");
  };
  CHECK(code_of(sqlite::bring_up_to_date(*connect_to(place), next, nullptr, plan)) ==
        ErrorCode::key);
  CHECK(RawDatabase(place.options.file).ask("PRAGMA user_version") == std::to_string(newest));

  std::vector<Upgrade> told;
  plan.on_upgrade = [&](const Upgrade& done) { told.push_back(done); };
  bool begun = false;
  plan.on_begin = [&] { begun = true; };
  plan.convert = [](sqlite::Connection& connection, Upgrade& upgrade) -> Status {
    upgrade.notes.emplace_back("renew the token");
    return connection.execute("INSERT INTO later VALUES (7)");
  };
  ok(sqlite::bring_up_to_date(*connect_to(place), next, nullptr, plan));
  CHECK(begun);
  REQUIRE(told.size() == 1);
  CHECK(told.front().notes == std::vector<Remark>{"renew the token"});
  CHECK(RawDatabase(place.options.file).ask("SELECT x FROM later") == "7");
  // The copy that the first try has left was replaced, and is of before.
  CHECK(RawDatabase(copy_of(place)).ask("PRAGMA user_version") == std::to_string(newest));
}

TEST_CASE("an upgrade is refused where its copy and its journal would not fit") {
  SqlitePlace place;
  place.open();
  flatten(place.options.file);
  const std::uint64_t needed = 2 * fs::file_size(place.options.file) + (1u << 20);
  const auto next = with_one_more("CREATE TABLE later (x)");
  sqlite::UpgradePlan plan;
  plan.room = [&](const std::string& file) -> Result<std::uint64_t> {
    CHECK(file == connect_to(place)->file());
    return needed - 1;
  };
  const std::string before = read_file(place.options.file);
  const Error error = error_of(sqlite::bring_up_to_date(*connect_to(place), next, nullptr, plan));
  CHECK(error.code == ErrorCode::full);
  CHECK(error.text.find("of free space") != std::string::npos);
  CHECK(remark_text(error.hint).find("nothing was changed") != std::string::npos);
  CHECK_FALSE(fs::exists(copy_of(place)));
  CHECK(read_file(place.options.file) == before);
  CHECK(RawDatabase(place.options.file).ask("PRAGMA user_version") == std::to_string(newest));

  plan.room = [&](const std::string&) -> Result<std::uint64_t> { return needed; };
  ok(sqlite::bring_up_to_date(*connect_to(place), next, nullptr, plan));
  CHECK(fs::exists(copy_of(place)));
}

TEST_CASE("no upgrade without its copy") {
  SqlitePlace place;
  place.open();
  const std::string elsewhere = place.dir.path("elsewhere");
  write_file(elsewhere, "precious");
  fs::create_symlink(elsewhere, copy_of(place));
  const auto next = with_one_more("CREATE TABLE later (x)");
  const Error error = error_of(sqlite::bring_up_to_date(*connect_to(place), next, nullptr));
  CHECK(error.text.find(copy_of(place)) != std::string::npos);
  CHECK(read_file(elsewhere) == "precious");
  CHECK(RawDatabase(place.options.file).ask("PRAGMA user_version") == std::to_string(newest));
}

}  // namespace thig
