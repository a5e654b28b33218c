#include "core/store/keyring.h"

#include "core/base/codec.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/remark_text.h"

#include <filesystem>

#include <sys/stat.h>

namespace thig {

namespace {

struct KeyFile {
  TempDir dir;
  std::string file = dir.path("private/config/key");
  SeededRandom random{7};

  // The one that is there, or a fresh one.
  Keyring make() {
    if (std::filesystem::exists(file)) return get(Keyring::load(file));
    Keyring ring = Keyring::fresh(file, random);
    ok(ring.save(FileOwner::self(), random));
    return ring;
  }
  // Puts this text in place of the file, closed to others.
  void put(const std::string& text) {
    std::filesystem::create_directories(dir.path("private/config"));
    write_file(file, text);
    REQUIRE(chmod(file.c_str(), 0600) == 0);
  }
};

constexpr const char* kPlace = "endpoint_secret.sealed:wh_1:1";

}  // namespace

TEST_CASE("a missing key is made once, for its owner alone") {
  KeyFile key;
  const std::string sealed = get(key.make().seal("secret", kPlace, key.random));
  CHECK(mode_of(key.file) == 0600);
  CHECK(mode_of(key.dir.path("private/config")) == 0700);
  CHECK(mode_of(key.dir.path("private")) == 0700);
  const std::string text = read_file(key.file);
  CHECK(text.size() == 8 + 1 + 44 + 1);

  CHECK(get(key.make().open(sealed, kPlace)) == "secret");
  CHECK(get(get(Keyring::load(key.file)).open(sealed, kPlace)) == "secret");
  CHECK(read_file(key.file) == text);
  // Nothing is left beside it.
  CHECK(std::distance(std::filesystem::directory_iterator(key.dir.path("private/config")), {}) ==
        1);
}

TEST_CASE("what is sealed shows nothing and is never the same twice") {
  KeyFile key;
  const Keyring ring = key.make();
  for (const std::string& plain : {std::string(), std::string("x"), std::string(5'000, 's')}) {
    const std::string sealed = get(ring.seal(plain, kPlace, key.random));
    CHECK(sealed.size() == 1 + 4 + 12 + plain.size() + 16);
    CHECK(sealed[0] == 1);
    CHECK(get(ring.open(sealed, kPlace)) == plain);
    CHECK(get(ring.seal(plain, kPlace, key.random)) != sealed);
  }
  CHECK(get(ring.seal("whsec_abc", kPlace, key.random)).find("whsec") == std::string::npos);
}

TEST_CASE("a sealed secret opens in its place only, and unchanged only") {
  KeyFile key;
  const Keyring ring = key.make();
  const std::string sealed = get(ring.seal("secret", kPlace, key.random));
  CHECK(code_of(ring.open(sealed, "endpoint_secret.sealed:wh_2:1")) == ErrorCode::key);
  CHECK(code_of(ring.open(sealed, "")) == ErrorCode::key);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    CHECK_MESSAGE(code_of(ring.open(changed, kPlace)) == ErrorCode::key, "byte ", i);
    CHECK_MESSAGE(code_of(ring.open(sealed.substr(0, i), kPlace)) == ErrorCode::key, "cut at ", i);
  }
  CHECK(code_of(ring.open(sealed + "x", kPlace)) == ErrorCode::key);
}

TEST_CASE("the newest key seals, any opens") {
  KeyFile key;
  const std::string by_old = get(key.make().seal("old", kPlace, key.random));
  key.put(read_file(key.file) + "00000002 " + to_base64(std::string(32, 'k')));
  const Keyring both = get(Keyring::load(key.file));
  CHECK(get(both.open(by_old, kPlace)) == "old");
  const std::string by_new = get(both.seal("new", kPlace, key.random));
  CHECK(to_hex(by_new.substr(1, 4)) == "00000002");
  CHECK(get(both.open(by_new, kPlace)) == "new");

  key.put("00000002 " + to_base64(std::string(32, 'k')) + "\n");
  const Keyring retired = get(Keyring::load(key.file));
  CHECK(get(retired.open(by_new, kPlace)) == "new");
  const Error error = error_of(retired.open(by_old, kPlace));
  CHECK(error.code == ErrorCode::key);
  CHECK(error.text.find(key.file) != std::string::npos);
}

TEST_CASE("a key file that is missing, open to others or malformed is refused by its name") {
  KeyFile key;
  const auto refused = [&] {
    const Error error = error_of(Keyring::load(key.file));
    CHECK(error.text.find(key.file) != std::string::npos);
    return error.code == ErrorCode::key;
  };
  CHECK(refused());

  const std::string line = "0a0b0c0d " + to_base64(std::string(32, 'k'));
  key.put(line + "\n");
  CHECK(Keyring::load(key.file).has_value());
  for (const mode_t mode : {0640u, 0604u, 0660u, 0602u, 0777u}) {
    REQUIRE(chmod(key.file.c_str(), mode) == 0);
    CHECK_MESSAGE(refused(), "mode ", mode);
  }

  const std::string bad[] = {
      "",
      "\n",
      "0a0b0c0d",
      "0a0b0c " + to_base64(std::string(32, 'k')),
      "0a0b0c0d " + to_base64(std::string(31, 'k')),
      "0a0b0c0d " + to_base64(std::string(33, 'k')),
      "0a0b0c0d  " + to_base64(std::string(32, 'k')),
      line + "\n\n",
      line + "\r\n",
      line + "\n" + line.substr(0, 30) + "\n",
      std::string(100'000, '\n'),
      std::string(64, '\0'),
  };
  for (const std::string& text : bad) {
    key.put(text);
    CHECK_MESSAGE(refused(), printable(text.substr(0, 60)));
    CHECK(code_of(Keyring::fresh(key.file, key.random).save(FileOwner::self(), key.random)) ==
          ErrorCode::busy);
    CHECK(read_file(key.file) == text);
  }

  std::filesystem::remove(key.file);
  std::filesystem::create_directory(key.file);
  CHECK(refused());
}

TEST_CASE("a key may be read by the group that shares the database, and by no other") {
  KeyFile key;
  key.make();
  FileOwner owner = FileOwner::self();
  REQUIRE(chmod(key.file.c_str(), 0640) == 0);
  CHECK_FALSE(Keyring::load(key.file, owner).has_value());
  owner.shared = true;
  CHECK(Keyring::load(key.file, owner).has_value());
  for (const mode_t mode : {0660u, 0644u}) {
    REQUIRE(chmod(key.file.c_str(), mode) == 0);
    CHECK_FALSE(Keyring::load(key.file, owner).has_value());
  }
  REQUIRE(chmod(key.file.c_str(), 0640) == 0);
  ++owner.group;
  CHECK_FALSE(Keyring::load(key.file, owner).has_value());
}

TEST_CASE("errors never show a key") {
  KeyFile key;
  const std::string secret = to_base64(std::string(33, 'k'));
  key.put("0a0b0c0d " + secret);
  const Error error = error_of(Keyring::load(key.file));
  CHECK((error.text + remark_text(error.hint)).find(secret.substr(0, 8)) == std::string::npos);
}

TEST_CASE("of several who make the key at the same time one wins, the others try again") {
  KeyFile key;
  std::vector<pid_t> children;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      SeededRandom random(seed);
      const auto ring = Keyring::fresh(key.file, random);
      const auto saved = ring.save(FileOwner::self(), random);
      if (!saved) _exit(saved.error().code == ErrorCode::busy ? 75 : 1);
      write_file(key.dir.path("sealed"), get(ring.seal("x", kPlace, random)));
      _exit(0);
    }
    children.push_back(child);
  }
  int winners = 0;
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 75));
    winners += WEXITSTATUS(status) == 0 ? 1 : 0;
  }
  CHECK(winners == 1);
  CHECK(get(get(Keyring::load(key.file)).open(read_file(key.dir.path("sealed")), kPlace)) == "x");
}

}  // namespace thig
