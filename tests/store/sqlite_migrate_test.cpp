#include "core/store/sqlite/migrate.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/remark_text.h"

#include <filesystem>

#include <fmt/format.h>

namespace thig {

namespace {

using sqlite::Migration;

std::unique_ptr<sqlite::Connection> connect(const SqlitePlace& place, bool read_only = false) {
  return get(sqlite::Connection::open({.file = place.options.file, .read_only = read_only}));
}

// The schema as it is, and one version more.
std::vector<Migration> with_next(std::string_view sql) {
  const auto today = sqlite::schema_migrations();
  std::vector<Migration> all(today.begin(), today.end());
  all.push_back({static_cast<int>(all.size()) + 1, sql});
  return all;
}

std::string version_of(const SqlitePlace& place) {
  return RawDatabase(place.options.file).ask("PRAGMA user_version");
}

}  // namespace

TEST_CASE("the schema's files are numbered 1, 2, 3, …") {
  int expected = 0;
  for (const Migration& migration : sqlite::schema_migrations()) {
    CHECK(migration.version == ++expected);
    CHECK(migration.sql.find("TABLE") != std::string_view::npos);
  }
  CHECK(expected >= 1);
  SqlitePlace place;
  place.open();
  CHECK(version_of(place) == std::to_string(expected));
  CHECK(RawDatabase(place.options.file).ask("SELECT app_version FROM meta") ==
        sqlite::app_version());
}

TEST_CASE("an older database is brought up to date and keeps its rows") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  RawDatabase(place.options.file).run("UPDATE meta SET app_version = '0.0.1'");
  const std::string today = version_of(place);
  const auto next =
      with_next("CREATE TABLE later (x INTEGER) STRICT; INSERT INTO later VALUES (7)");

  ok(sqlite::bring_up_to_date(*connect(place), next, nullptr));
  CHECK(version_of(place) == std::to_string(next.size()));
  RawDatabase raw(place.options.file);
  CHECK(raw.ask("SELECT x FROM later") == "7");
  CHECK(raw.ask("SELECT name FROM endpoint") == "crm");
  CHECK(raw.ask("SELECT app_version FROM meta") == sqlite::app_version());

  // Once is enough, and the program of before says that it is too old now.
  ok(sqlite::bring_up_to_date(*connect(place), next, nullptr));
  CHECK(raw.ask("SELECT count(*) FROM later") == "1");
  const Error error = error_of(place.try_open());
  CHECK(error.code == ErrorCode::database);
  CHECK(error.text.find("schema " + std::to_string(next.size())) != std::string::npos);
  CHECK(error.text.find("schema " + today) != std::string::npos);
}

TEST_CASE("a database from before incoming webhooks goes on as it was, and has them") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }  // makes the key
  std::filesystem::remove_all(place.dir.path("data"));
  std::filesystem::create_directory(place.dir.path("data"));
  write_file(place.options.file, "");
  const auto first = sqlite::schema_migrations().first(1);
  const sqlite::Birth birth{.owner = "ada", .origin = 7};
  ok(sqlite::bring_up_to_date(*connect(place), first, &birth));
  CHECK(version_of(place) == "1");
  RawDatabase(place.options.file)
      .run(
          "INSERT INTO event_type VALUES ('order.paid', 'Order', '', '{}');"
          "INSERT INTO event VALUES (99, 'order.paid', x'7b7d');"
          "UPDATE meta SET last_event_id = 99");

  const auto store = place.open();
  CHECK(get(store->history().event({99})).body == "{}");
  CHECK(get(store->config().own_event_types()).size() == 1);
  add_sample(*store, "out", 1);
  add_sample_incoming(*store, "in", 2);
  finish_one(*store, receive_one(*store, sample_request({2})).id, RequestState::done,
             {.project = std::nullopt, .note = std::nullopt, .events = {sample_event({{1}})}});
  CHECK(all_due(*store, {1}).size() == 1);
}

TEST_CASE("what an older database holds in clear is sealed when it is upgraded, and told") {
  constexpr const char* canary = "C4NARYc4nary";
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }  // makes the key
  const std::string check = RawDatabase(place.options.file).ask("SELECT hex(key_check) FROM meta");
  std::filesystem::remove_all(place.dir.path("data"));
  std::filesystem::create_directory(place.dir.path("data"));
  write_file(place.options.file, "");
  const sqlite::Birth birth{.owner = "ada", .origin = 7};
  ok(sqlite::bring_up_to_date(*connect(place), sqlite::schema_migrations().first(3), &birth));
  RawDatabase(place.options.file)
      .run(fmt::format(
          "UPDATE meta SET key_check = x'{1}';"
          "INSERT INTO endpoint VALUES (1, 'crm', 'https://w.test/', '', '[\"*\"]', "
          "'[[\"authorization\",\"{0}\"],[\"x-team\",\"a\"]]', 0, '', '[]', 10000, 32, 0.0, 0, '', "
          "'', '', 0, 0, '', 0, 0, 0);"
          "INSERT INTO incoming_hook VALUES (2, 'meta', '', 2, 'project.created', '[]', '[]', "
          "'[]', "
          "'', 1000, 1, '', '{0}', '[]', '[]', 1000, 0, 0.0, 1, 0, 0);"
          "INSERT INTO incoming_counter (hook_id) VALUES (2);"
          "INSERT INTO incoming_request VALUES (3, 2, 0, '', '', '{{\"x-key\":\"{0}\"}}', "
          "'token={0}', '', x'7b7d', 2, 0, 0, 0, '', NULL)",
          canary, check));
  place.options.mask_request = [](std::string_view headers,
                                  std::string_view) -> std::optional<MaskedRequest> {
    if (headers == "{}") return std::nullopt;
    return MaskedRequest{.headers = R"({"x-key":null})", .query = "token=(sealed)"};
  };
  std::vector<Upgrade> upgrades;
  place.options.on_upgrade = [&](const Upgrade& done) { upgrades.push_back(done); };
  const auto store = place.open();
  REQUIRE(upgrades.size() == 1);
  CHECK(upgrades[0].from == 3);
  std::string told;
  for (const Remark& note : upgrades[0].notes) told += remark_text(note) + "\n";
  for (const char* part : {"authorization, x-team of crm", "the verify token of meta",
                           "1 received requests", "no longer includes webhook.*"}) {
    CHECK_MESSAGE(told.contains(part), told);
  }
  CHECK_FALSE(told.contains(canary));
  for (const char* suffix : {"", "-wal"}) {
    CHECK_MESSAGE(!read_file(place.options.file + suffix).contains(canary), suffix);
  }
  Endpoint endpoint = get(store->config().find_endpoint("crm"));
  ok(store->config().open_headers(endpoint));
  CHECK(endpoint.headers == std::vector<Header>{{"authorization", canary}, {"x-team", "a"}});
  IncomingHook hook = get(store->incoming().find("meta"));
  ok(store->incoming().open_verify_token(hook));
  CHECK(hook.verify_token == canary);
  CHECK(get(store->requests().one({3})).query == "token=(sealed)");
  CHECK(get(store->requests().unmasked({3})).query == std::string("token=") + canary);
  place.open();
  CHECK(upgrades.size() == 1);
}

TEST_CASE("webhooks for everything go on getting operational events when they are migrated") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }  // makes the key
  std::filesystem::remove_all(place.dir.path("data"));
  std::filesystem::create_directory(place.dir.path("data"));
  write_file(place.options.file, "");
  const sqlite::Birth birth{.owner = "ada", .origin = 7};
  ok(sqlite::bring_up_to_date(*connect(place), sqlite::schema_migrations().first(3), &birth));
  const std::vector<std::pair<std::string, std::string>> rows{
      {R"(["*"])", R"(["*","webhook.*","incoming.*"])"},
      {R"(["prd.*","*"])", R"(["prd.*","*","webhook.*","incoming.*"])"},
      {R"(["*","webhook.*"])", R"(["*","webhook.*","incoming.*"])"},
      {R"(["incoming.*","*"])", R"(["incoming.*","*","webhook.*"])"},
      {R"(["project.*","webhook.failing"])", R"(["project.*","webhook.failing"])"},
  };
  int id = 0;
  for (const auto& [before, after] : rows) {
    ++id;
    RawDatabase(place.options.file)
        .run(fmt::format("INSERT INTO endpoint VALUES ({0}, 'w{0}', 'https://w.test/', '', '{1}', "
                         "'[]', 0, '', '[]', 10000, 32, 0.0, 0, '', '', '', 0, 0, '', 0, 0, 0)",
                         id, before));
  }
  const auto store = place.open();
  const auto endpoints = get(store->config().endpoints());
  REQUIRE(endpoints.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(RawDatabase(place.options.file)
              .ask(fmt::format("SELECT events FROM endpoint WHERE id = {}", i + 1)) ==
          rows[i].second);
  }
}

TEST_CASE("a migration that fails leaves everything as it was") {
  SqlitePlace place;
  place.open();
  const std::string today = version_of(place);
  const auto broken = with_next("CREATE TABLE later (x); INSERT INTO missing VALUES (1)");
  CHECK(code_of(sqlite::bring_up_to_date(*connect(place), broken, nullptr)) == ErrorCode::database);
  CHECK(version_of(place) == today);
  CHECK(RawDatabase(place.options.file)
            .ask("SELECT count(*) FROM sqlite_schema WHERE name = 'later'") == "0");
  CHECK(place.try_open().has_value());
}

TEST_CASE("a reader does not migrate") {
  SqlitePlace place;
  place.open();
  const std::string today = version_of(place);
  const auto next = with_next("CREATE TABLE later (x)");
  const Error error = error_of(sqlite::bring_up_to_date(*connect(place, true), next, nullptr));
  CHECK(error.code == ErrorCode::database);
  CHECK_FALSE(error.hint.empty());
  CHECK(version_of(place) == today);
}

TEST_CASE("two who migrate at the same time do it once") {
  SqlitePlace place;
  place.open();
  const auto next = with_next("CREATE TABLE later (x)");
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const auto connection = sqlite::Connection::open({.file = place.options.file});
      _exit(connection && sqlite::bring_up_to_date(**connection, next, nullptr) ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(version_of(place) == std::to_string(next.size()));
}

}  // namespace thig
#include "tests/support/remark_text.h"
