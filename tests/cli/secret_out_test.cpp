// Secrets into files: --secret-out, and the secret of a webhook that is there already.
#include "tests/cli/cli_run.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace thig;

namespace {

std::string content_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

const std::vector<std::string> add_crm = {"add",     "outgoing", "crm", "https://crm.test/",
                                          "--event", "project.*"};
const std::vector<std::string> add_in = {"add",     "incoming",       "in", "--action", "emit",
                                         "--event", "project.created"};

std::vector<std::string> with(std::vector<std::string> words, std::vector<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// How often the trail says that something was revealed.
std::size_t revealed(CliHome& home) {
  std::istringstream lines(home.must({"audit", "--limit", "100"}));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.contains(".reveal") ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a new secret goes into a file of its own, and nowhere else") {
  CliHome home;
  const std::string file = home.path("crm.secret");
  const CliResult added = home.run(with(add_crm, {"--secret-out", file}));
  CHECK(added.code == 0);
  const std::string secret = content_of(file);
  CHECK(secret.starts_with("whsec_"));
  CHECK(secret.ends_with("\n"));
  CHECK(mode_of(file) == 0600);
  CHECK_FALSE(added.out.contains("whsec_"));
  CHECK_FALSE(added.err.contains("whsec_"));
  CHECK(
      home.must({"show", "crm", "--reveal-secret"}).contains(secret.substr(0, secret.size() - 1)));

  home.must({"rotate", "crm", "--secret-out", file});
  CHECK(content_of(file).starts_with("whsec_"));
  CHECK(content_of(file) != secret);

  const std::string url = home.path("in.url");
  const CliResult in = home.run(with(add_in, {"--secret-out", url, "--json"}));
  CHECK(in.code == 0);
  CHECK(content_of(url).starts_with("http"));
  CHECK(in.out.contains(R"("urlFile":")"));
  CHECK_FALSE(in.out.contains(content_of(url).substr(0, content_of(url).size() - 1)));
  // Nothing is left beside them.
  std::size_t drafts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(home.path(""))) {
    drafts += entry.path().extension() == ".new" ? 1 : 0;
  }
  CHECK(drafts == 0);
}

TEST_CASE("a script that runs again never empties or loses a secret") {
  CliHome home;
  const std::string file = home.path("crm.secret");
  const auto again = with(add_crm, {"--if-absent", "--secret-out", file});
  home.must(again);
  const std::string secret = content_of(file);
  const auto written = std::filesystem::last_write_time(file);
  const CliResult second = home.run(again);
  CHECK(second.code == 0);
  CHECK(content_of(file) == secret);
  CHECK(std::filesystem::last_write_time(file) == written);
  CHECK(revealed(home) == 0);

  // The file is missing: it is written again, and that is noted.
  std::filesystem::remove(file);
  home.must(again);
  CHECK(content_of(file) == secret);
  CHECK(revealed(home) == 1);

  CHECK(home.must(with(add_crm, {"--if-absent", "--print-secret"})) == secret);
  CHECK(revealed(home) == 2);
  const std::string url = home.must(with(add_in, {"--print-url"}));
  CHECK(home.must(with(add_in, {"--if-absent", "--print-url"})) == url);
  CHECK(revealed(home) == 3);
  // Only --if-absent alone shows nothing.
  CHECK_FALSE(home.run(with(add_crm, {"--if-absent"})).out.contains("whsec_"));
  CHECK(revealed(home) == 3);

  home.user = {.name = "bob", .is_root = false};
  for (const std::string role : {"viewer", "member"}) {
    home.user = {.name = "ada", .is_root = false};
    if (role == "member") home.must({"members", "add", "bob", role});
    home.user = {.name = "bob", .is_root = false};
    const CliResult refused = home.run(with(add_crm, {"--if-absent", "--print-secret"}));
    CHECK(refused.code == 77);
    CHECK(refused.out.empty());
  }
}

TEST_CASE("whether the file can be written is found out before anything is changed") {
  CliHome home;
  home.add("other");
  const std::string link = home.path("link");
  std::filesystem::create_symlink(home.file("target", "kept"), link);
  std::filesystem::create_directory(home.path("folder"));
  for (const std::string& file : {std::string("/nonexistent/file"), link, home.path("folder")}) {
    const CliResult result = home.run(with(add_crm, {"--secret-out", file}));
    CHECK(result.code == 3);
    CHECK(home.run({"show", "crm"}).code == 4);
  }
  CHECK(content_of(home.path("target")) == "kept");
  CHECK(home.run(with(add_crm, {"--secret-out", home.path("s"), "--print-secret"})).code == 2);
  // A name that is taken: what is in the file stays.
  home.file("kept", "mine\n");
  CHECK(home.run({"add", "outgoing", "other", "https://a.test/", "--event", "*", "--secret-out",
                  home.path("kept")})
            .code == 2);
  CHECK(content_of(home.path("kept")) == "mine\n");
}

TEST_CASE("apply keeps a folder of secrets and URLs") {
  CliHome home;
  const std::string folder = home.path("secrets");
  const std::string setup = home.file("setup.json", R"({"version":1,
    "outgoing":[{"name":"crm","url":"https://crm.test/","events":["*"]}],
    "incoming":[{"name":"in","action":{"kind":"emit","event":"project.created"}}]})");
  const std::vector<std::string> apply = {"apply", setup, "--secret-out", folder};
  CHECK(home.run(with(apply, {"--dry-run"})).code == 0);
  CHECK_FALSE(std::filesystem::exists(folder));
  const CliResult applied = home.run(apply);
  CHECK(applied.code == 0);
  CHECK_FALSE(applied.out.contains("whsec_"));
  const std::string secret = content_of(folder + "/crm.secret");
  const std::string url = content_of(folder + "/in.url");
  CHECK(secret.starts_with("whsec_"));
  CHECK(url.starts_with("http"));
  CHECK(mode_of(folder) == 0700);
  CHECK(mode_of(folder + "/in.url") == 0600);

  home.must(apply);
  CHECK(revealed(home) == 0);
  std::filesystem::remove(folder + "/crm.secret");
  std::filesystem::remove(folder + "/in.url");
  home.must(apply);
  CHECK(content_of(folder + "/crm.secret") == secret);
  CHECK(content_of(folder + "/in.url") == url);
  CHECK(revealed(home) == 2);

  // A URL that the document gives is a new one.
  const std::string token = std::string(42, 'b') + "A";
  const std::string given =
      home.file("given.json", R"({"incoming":[{"name":"in","token":")" + token +
                                  R"(","action":{"kind":"emit","event":"project.created"}}]})");
  home.must({"apply", given, "--secret-out", folder});
  CHECK(content_of(folder + "/in.url") ==
        "http://127.0.0.1:8080/api/webhooks/incoming/" + token + "\n");

  // Where the public base has changed, all URLs are written again.
  const std::string moved =
      home.file("moved.json", R"({"settings":{"publicUrl":"https://hooks.test"},
    "incoming":[{"name":"in","action":{"kind":"emit","event":"project.created"}}]})");
  home.must({"apply", moved, "--secret-out", folder});
  CHECK(content_of(folder + "/in.url") ==
        "https://hooks.test/api/webhooks/incoming/" + token + "\n");

  const std::string outside = home.file("outside.json", R"({"version":1,
    "outgoing":[{"name":"../evil","url":"https://crm.test/","events":["*"]}]})");
  const CliResult refused = home.run({"apply", outside, "--secret-out", folder});
  CHECK(refused.code == 2);
  CHECK_FALSE(std::filesystem::exists(home.path("evil.secret")));
  // A plan that cannot be carried out is refused alike.
  const CliResult planned = home.run({"apply", outside, "--secret-out", folder, "--dry-run"});
  CHECK(planned.code == 2);
  CHECK(planned.err == refused.err);
}

TEST_CASE("what is wrong in a file is put right in the file") {
  CliHome home;
  struct Row {
    std::string incoming, hint;
  };
  const Row rows[] = {
      {R"({"name":"in","scheme":"github","action":{"kind":"emit","event":"project.created"}})",
       R"(hint: give it with "secret": {"file": "FILE"} or {"env": "NAME"})"},
      {R"({"name":"in","action":{"kind":"create-project"}})",
       R"("set": [{"field": "name", "from": "/a/json/pointer"}])"},
      {R"({"name":"in","action":{"kind":"run"}})", R"("command": ["/path/to/program"])"},
      {R"({"name":"in","action":{"kind":"emit"}})", R"("event": "TYPE")"},
  };
  for (const Row& row : rows) {
    const CliResult result =
        home.run({"apply", home.file("setup.json", "{\"incoming\":[" + row.incoming + "]}")});
    CHECK(result.code == 2);
    CHECK_MESSAGE(result.err.contains(row.hint), result.err);
    CHECK_MESSAGE(!result.err.contains("--"), result.err);
  }
}
