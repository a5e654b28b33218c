// Signing secrets at rest, and what happens to them without the right key.
#include "core/base/hmac.h"
#include "core/store/keyring.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/remark_text.h"

#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {

namespace {

constexpr const char* kCanary = "whsec_C4NARYc4naryC4NARYc4naryC4NARY";

std::string place_of(EndpointId id, int number) {
  return "endpoint_secret.sealed:" + to_text(id) + ":" + std::to_string(number);
}

// Puts a second, newer secret beside the first and lets the first expire, as a rotation does.
void rotate(SqlitePlace& place, EndpointId id, const std::string& text, Time first_expires) {
  const Keyring ring = get(Keyring::load(place.options.key_file));
  const std::string sealed = get(ring.seal(text, place_of(id, 2), place.random));
  RawDatabase raw(place.options.file);
  const std::string endpoint = std::to_string(id.value);
  raw.run("UPDATE endpoint_secret SET expires_at = " + std::to_string(to_millis(first_expires)) +
          " WHERE endpoint_id = " + endpoint);
  raw.run_with_blob("INSERT INTO endpoint_secret VALUES (" + endpoint + ", 2, ?1, " +
                        std::to_string(to_millis(noon)) + ", NULL)",
                    sealed);
}

Error error_of_secrets(SqlitePlace& place, EndpointId id = {1}) {
  return error_of(place.open()->config().secrets(id, noon));
}

}  // namespace

TEST_CASE("no secret stands readable in any file of the database") {
  SqlitePlace place;
  ok(place.open()->config().add_endpoint(sample_endpoint("crm", 1), sample_secret(kCanary), noon,
                                         {}));
  ok(place.open()->incoming().add(sample_incoming("in", 2), sample_secret(kCanary),
                                  sample_secret(kCanary), noon, {}));
  CHECK(get(place.open()->config().secrets({1}, noon)).at(0).text == kCanary);
  CHECK(get(place.open()->incoming().secrets({2}, noon)).at(0).text == kCanary);
  CHECK(get(place.open()->incoming().tokens({2}, noon)).at(0).text == kCanary);
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place.dir.path())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string bytes = read_file(entry.path());
    CHECK_MESSAGE(bytes.find(kCanary) == std::string::npos, entry.path().string());
    CHECK_MESSAGE(bytes.find("C4NARY") == std::string::npos, entry.path().string());
  }
  CHECK(files == 4);  // database, WAL, its index, key
  // What the search looks for is found where it does stand.
  CHECK(read_file(place.options.file + "-wal").find("crm") != std::string::npos);
}

TEST_CASE("values of extra headers, verify tokens and what is secret of requests are sealed too") {
  SqlitePlace place;
  Endpoint endpoint = sample_endpoint("crm", 1);
  endpoint.headers = {{"authorization", kCanary}};
  IncomingHook hook = sample_incoming("in", 2);
  hook.verify_token = kCanary;
  RequestId id;
  {
    const auto store = place.open();
    ok(store->config().add_endpoint(endpoint, sample_secret("whsec_other"), noon, {}));
    endpoint.headers = {{"authorization", std::string("Bearer ") + kCanary}, {"x-team", "a"}};
    ok(store->config().update_endpoint(endpoint, noon, {}));
    ok(store->incoming().add(hook, sample_secret("token"), std::nullopt, noon, {}));
    ArrivedRequest arrived = sample_request({2});
    arrived.request.headers = fmt::format(R"({{"x-kind":"a","x-api-key":"{}"}})", kCanary);
    arrived.request.query = fmt::format("page=2&token={}", kCanary);
    arrived.masked = MaskedRequest{.headers = R"({"x-kind":"a","x-api-key":null})",
                                   .query = "page=2&token=(sealed)"};
    id = receive_one(*store, arrived).id;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place.dir.path())) {
    if (!entry.is_regular_file()) continue;
    CHECK_MESSAGE(!read_file(entry.path()).contains("C4NARY"), entry.path().string());
  }

  const auto store = place.open();
  Endpoint found = get(store->config().find_endpoint("crm"));
  CHECK(found.headers[0].value.empty());
  ok(store->config().open_headers(found));
  CHECK(found.headers == endpoint.headers);
  IncomingHook found_hook = get(store->incoming().find("in"));
  ok(store->incoming().open_verify_token(found_hook));
  CHECK(found_hook.verify_token == kCanary);

  const IncomingRequest shown = get(store->requests().one(id));
  CHECK(shown.masked);
  CHECK(shown.headers == R"({"x-kind":"a","x-api-key":null})");
  CHECK(shown.query == "page=2&token=(sealed)");
  CHECK(get(store->requests().list({}))[0].query == "page=2&token=(sealed)");
  for (const IncomingRequest& whole :
       {get(store->requests().unmasked(id)), get(store->requests().pending({}, 10)).at(0),
        get(store->requests().pending_of({2}, 10)).at(0)}) {
    CHECK_FALSE(whole.masked);
    CHECK(whole.headers.contains(kCanary));
    CHECK(whole.query == fmt::format("page=2&token={}", kCanary));
  }
  CHECK(code_of(store->requests().unmasked({77})) == ErrorCode::not_found);

  // Moved to another webhook they do not open.
  add_sample(*store, "other", 3);
  RawDatabase(place.options.file)
      .run(
          "UPDATE endpoint SET headers = (SELECT headers FROM endpoint WHERE id = 1), "
          "sealed_headers = (SELECT sealed_headers FROM endpoint WHERE id = 1) WHERE id = 3");
  Endpoint moved = get(place.open()->config().find_endpoint("other"));
  CHECK(code_of(place.open()->config().open_headers(moved)) == ErrorCode::key);
}

TEST_CASE("during a rotation both secrets sign, the new one first") {
  SqlitePlace place;
  ok(place.open()->config().add_endpoint(sample_endpoint("crm", 1), sample_secret("old"), noon,
                                         {}));
  rotate(place, {1}, "new", noon + hour);
  const auto store = place.open();
  const auto both = get(store->config().secrets({1}, noon));
  REQUIRE(both.size() == 2);
  CHECK(both[0].text == "new");
  CHECK_FALSE(both[0].expires_at.has_value());
  CHECK(both[1].text == "old");
  CHECK(both[1].expires_at == noon + hour);
  const auto later = get(store->config().secrets({1}, noon + hour));
  REQUIRE(later.size() == 1);
  CHECK(later[0].text == "new");
}

TEST_CASE("nothing but a secret needs the key") {
  SqlitePlace place;
  {
    const auto store = place.open();
    CHECK_FALSE(std::filesystem::exists(place.options.key_file));
    add_sample(*store, "crm", 1);
    CHECK(std::filesystem::exists(place.options.key_file));
    add_sample_incoming(*store, "in", 2);
  }
  std::filesystem::remove(place.options.key_file);
  const auto store = place.open();
  CHECK(get(store->config().endpoints()).size() == 1);
  emit(*store, sample_event({{1}}));
  ok(store->config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::member, "", noon,
                                        {}));
  CHECK(get(store->incoming().find_by_token(thig::hash(Digest::sha256, "token-in"), noon))
            .has_value());
  CHECK(get(store->incoming().hooks()).size() == 1);
  CHECK(get(store->incoming().secrets({2}, noon)).empty());
  finish_one(*store, receive_one(*store, sample_request({2})).id);
  CHECK(code_of(store->incoming().tokens({2}, noon)) == ErrorCode::key);
  CHECK_FALSE(std::filesystem::exists(place.options.key_file));
}

TEST_CASE("what is rolled back leaves no key, and what is committed then its check") {
  SqlitePlace place;
  const auto store = place.open();
  const auto refused = [] { return fail(ErrorCode::interrupted, "not now"); };
  const auto add = [&](const char* name, std::int64_t id) {
    return store->config().add_endpoint(sample_endpoint(name, id), sample_secret(), noon, {});
  };
  CHECK(code_of(store->config().in_transaction([&]() -> Status {
          ok(add("crm", 1));
          CHECK(get(store->config().secrets({1}, noon)).size() == 1);
          return refused();
        })) == ErrorCode::interrupted);
  CHECK_FALSE(std::filesystem::exists(place.options.key_file));
  // A part of a transaction may be undone alone.
  ok(store->config().in_transaction([&] {
    CHECK_FALSE(store->config().in_transaction([&]() -> Status {
      ok(add("crm", 1));
      return refused();
    }));
    return add("erp", 2);
  }));
  CHECK(std::filesystem::exists(place.options.key_file));
  CHECK(get(place.open()->config().secrets({2}, noon)).size() == 1);
  // Another key in its place is found out.
  std::filesystem::remove(place.options.key_file);
  CHECK(code_of(place.open()->config().add_endpoint(sample_endpoint("x", 3), sample_secret(), noon,
                                                    {})) == ErrorCode::key);
}

TEST_CASE("a key that was there stays checked when its first use is rolled back") {
  SqlitePlace other;
  add_sample(*other.open(), "crm", 1);
  SqlitePlace place;
  place.options.key_file = other.options.key_file;
  const auto store = place.open();
  const auto add = [&] {
    return store->config().add_endpoint(sample_endpoint("crm", 1), sample_secret(), noon, {});
  };
  CHECK_FALSE(store->config().in_transaction([&]() -> Status {
    ok(add());
    return fail(ErrorCode::interrupted, "not now");
  }));
  ok(add());
  CHECK(RawDatabase(place.options.file).ask("SELECT key_check IS NOT NULL FROM meta") == "1");
}

TEST_CASE("a lost key is never replaced by a fresh one") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  std::filesystem::remove(place.options.key_file);
  const auto store = place.open();
  for (const Error& error : {error_of(store->config().secrets({1}, noon)),
                             error_of(store->config().add_endpoint(sample_endpoint("erp", 2),
                                                                   sample_secret(), noon, {}))}) {
    CHECK(error.code == ErrorCode::key);
    CHECK(error.text.find(place.options.key_file) != std::string::npos);
    CHECK(remark_text(error.hint).find("backup") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(place.options.key_file));
  CHECK(get(store->config().endpoints()).size() == 1);
}

TEST_CASE("another database's key is refused at once") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  SqlitePlace other;
  other.random = SeededRandom(43);
  { add_sample(*other.open(), "crm", 1); }
  place.options.key_file = other.options.key_file;

  const auto store = place.open();
  for (const Error& error : {error_of(store->config().secrets({1}, noon)),
                             error_of(store->config().add_endpoint(sample_endpoint("erp", 2),
                                                                   sample_secret(), noon, {}))}) {
    CHECK(error.code == ErrorCode::key);
    CHECK(error.text.find(other.options.key_file) != std::string::npos);
    CHECK(error.text.find(place.options.file) != std::string::npos);
  }
}

TEST_CASE("a key that others may read is refused") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  REQUIRE(chmod(place.options.key_file.c_str(), 0644) == 0);
  const Error error = error_of_secrets(place);
  CHECK(error.code == ErrorCode::key);
  CHECK(remark_text(error.hint).find("chmod 600") != std::string::npos);
}

TEST_CASE("a secret that was changed or moved does not open") {
  SqlitePlace place;
  {
    const auto store = place.open();
    ok(store->config().add_endpoint(sample_endpoint("crm", 1), sample_secret("one"), noon, {}));
    ok(store->config().add_endpoint(sample_endpoint("erp", 2), sample_secret("two"), noon, {}));
  }
  RawDatabase raw(place.options.file);
  SUBCASE("to another webhook") {
    raw.run(
        "UPDATE endpoint_secret SET sealed = "
        "(SELECT sealed FROM endpoint_secret WHERE endpoint_id = 2) WHERE endpoint_id = 1");
  }
  SUBCASE("with its row") {
    raw.run(
        "DELETE FROM endpoint_secret WHERE endpoint_id = 1;"
        "UPDATE endpoint_secret SET endpoint_id = 1");
  }
  SUBCASE("within its webhook") {
    raw.run("UPDATE endpoint_secret SET number = 2");
  }
  SUBCASE("replaced by the check value") {
    raw.run("UPDATE endpoint_secret SET sealed = (SELECT key_check FROM meta)");
  }
  SUBCASE("emptied") {
    raw.run("UPDATE endpoint_secret SET sealed = x''");
  }
  SUBCASE("changed") {
    raw.run(
        "UPDATE endpoint_secret SET sealed = CAST(substr(sealed, 1, 20) || x'00' || "
        "substr(sealed, 22) AS BLOB)");
  }
  CHECK(error_of_secrets(place).code == ErrorCode::key);
}

TEST_CASE("what was sealed for one use does not open for another") {
  SqlitePlace place;
  const auto store = place.open();
  ok(store->incoming().add(sample_incoming("in", 1), sample_secret("token"),
                           sample_secret("secret"), noon, {}));
  add_sample_incoming(*store, "other", 2);
  RawDatabase raw(place.options.file);
  SUBCASE("a token as a secret") {
    raw.run(
        "UPDATE incoming_secret SET sealed = (SELECT sealed FROM incoming_token WHERE hook_id = "
        "1)");
    CHECK(code_of(store->incoming().secrets({1}, noon)) == ErrorCode::key);
  }
  SUBCASE("a token of another webhook") {
    raw.run(
        "UPDATE incoming_token SET sealed = (SELECT sealed FROM incoming_token WHERE hook_id = 2)"
        " WHERE hook_id = 1");
    CHECK(code_of(store->incoming().tokens({1}, noon)) == ErrorCode::key);
    CHECK(get(store->incoming().tokens({2}, noon)).size() == 1);
  }
}

TEST_CASE("a key file that has changed is read again; one of no use leaves the old keys in use") {
  SqlitePlace place;
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  REQUIRE(get(store->config().secrets({1}, noon)).size() == 1);
  // A newer key, which another process seals with.
  const std::string old = read_file(place.options.key_file);
  write_file(place.options.key_file,
             old + "0badcafe " + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
  add_sample(*place.open(), "erp", 2);
  CHECK(get(store->config().secrets({2}, noon)).size() == 1);
  ok(store->config().reload_key());

  write_file(place.options.key_file, "no key\n");
  CHECK(get(store->config().secrets({1}, noon)).size() == 1);
  CHECK(get(store->config().secrets({2}, noon)).size() == 1);
  CHECK(code_of(store->config().reload_key()) == ErrorCode::key);
  CHECK(get(store->config().secrets({2}, noon)).size() == 1);

  write_file(place.options.key_file, old);
  ok(store->config().reload_key());
  CHECK(get(store->config().secrets({1}, noon)).size() == 1);
  CHECK(code_of(store->config().secrets({2}, noon)) == ErrorCode::key);
}

}  // namespace thig
