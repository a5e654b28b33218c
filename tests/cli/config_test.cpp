// Configuration files and the environment: what beats what, and what is said of a file that is
// wrong.
#include "cli/config/settings.h"
#include "tests/cli/cli_run.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace thig {
namespace {

namespace fs = std::filesystem;

struct ConfigHome : CliHome {
  ConfigHome() {
    fs::create_directories(path(".config/thig-hooks"));
    environment.erase("THIG_HOOKS_DB");
  }
  std::string user(std::string_view text) const {
    return file(".config/thig-hooks/config.json", text);
  }
  std::string system(std::string_view text) const { return file("etc-config.json", text); }
  // "value from" of a key.
  std::string shown(const std::string& key, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"config", "show", key, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const std::string out = must(arguments);
    return json_text(*json_find(out, "value")).value_or("null") + " " +
           *json_text(*json_find(out, "from"));
  }
};

}  // namespace

TEST_CASE("flags beat the environment, which beats the user's file, which beats the system's") {
  ConfigHome home;
  const std::string data = home.path(".local/share/thig-hooks/hooks.db");
  CHECK(home.shown("database") == data + " default");
  const std::string system = home.system("{\n \"database\": \"/system.db\"}");
  CHECK(home.shown("database") == "/system.db " + system + ":2");
  const std::string user = home.user("{\"color\": \"never\",\n\n \"database\": \"/user.db\"}");
  CHECK(home.shown("database") == "/user.db " + user + ":3");
  CHECK(home.shown("color") == "never " + user + ":1");
  home.environment["THIG_HOOKS_DB"] = "/variable.db";
  CHECK(home.shown("database") == "/variable.db environment variable THIG_HOOKS_DB");
  CHECK(home.shown("database", {"--db", "/flag.db"}) == "/flag.db flag --db");
}

TEST_CASE("flags before the command count as given") {
  ConfigHome home;
  home.user(R"({"database": "/user.db", "color": "always"})");
  const std::string out = home.must({"--db", "/flag.db", "config", "show", "database", "--json"});
  CHECK(json_text(*json_find(out, "value")) == "/flag.db");
  CHECK(home.must({"--color", "never", "help"}).find("\x1b[") == std::string::npos);
  CHECK(home.must({"help"}).find("\x1b[") != std::string::npos);
}

TEST_CASE("a database that a file names is made there, and used") {
  ConfigHome home;
  home.user(R"({"database": "kept/here.db", "keyFile": "~/key"})");
  home.add("crm");
  CHECK(fs::exists(home.path(".config/thig-hooks/kept/here.db")));
  CHECK(fs::exists(home.path("key")));
  CHECK(home.must({"list"}).starts_with("crm\t"));
}

TEST_CASE("a file that names a server as its database is refused, and nothing of it is repeated") {
  for (const std::string text :
       {"postgres://ann:hunter2@db/x", "dbname=x password=hunter2", "mysql://ann:hunter2@db/x"}) {
    ConfigHome home;
    const std::string file = home.user("{\n\"database\": \"" + text + "\"}");
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"list"},
          {"config", "show"},
          {"doctor"},
          {"add", "outgoing", "crm", "https://crm.example.com/", "--event", "*"}}) {
      const auto done = home.run(arguments);
      CHECK(done.code == 2);
      CHECK(done.out.empty());
      CHECK(done.err.contains(file + ":2: database: "));
      CHECK_FALSE(done.err.contains("hunter2"));
    }
    CHECK_FALSE(fs::exists(home.path(".config/thig-hooks/postgres:")));
  }
}

TEST_CASE("a database that is not there yet: fine unless a flag names it") {
  ConfigHome home;
  home.user(R"({"database": "/nowhere/hooks.db"})");
  CHECK(home.must({"list", "--json"}) == "[]\n");
  CHECK(home.run({"list", "--db", "/nowhere/hooks.db"}).code == 4);
}

TEST_CASE("colour: what the environment says of it beats a file") {
  ConfigHome home;
  const std::string user = home.user(R"({"color": "always"})");
  CHECK(home.shown("color") == "always " + user + ":1");
  home.environment["NO_COLOR"] = "1";
  CHECK(home.shown("color") == "never environment variable NO_COLOR");
  home.environment["THIG_HOOKS_COLOR"] = "auto";
  CHECK(home.shown("color") == "auto environment variable THIG_HOOKS_COLOR");
  CHECK(home.shown("color", {"--color", "always"}) == "always flag --color");
}

TEST_CASE("the service manager's key beats a file") {
  ConfigHome home;
  home.user(R"({"keyFile": "/user.key"})");
  home.environment["CREDENTIALS_DIRECTORY"] = home.path(".config");
  CHECK(home.shown("keyFile").starts_with("/user.key "));
  const std::string key = home.file(".config/thig-hooks.key", "");
  CHECK(home.shown("keyFile") == key + " environment variable CREDENTIALS_DIRECTORY");
  home.environment["THIG_HOOKS_KEY_FILE"] = "/own.key";
  CHECK(home.shown("keyFile") == "/own.key environment variable THIG_HOOKS_KEY_FILE");
}

TEST_CASE("--config and THIG_HOOKS_CONFIG take the place of both files") {
  ConfigHome home;
  home.user(R"({"database": "/user.db"})");
  home.system(R"({"run": {"maxInFlight": 7}})");
  const std::string one = home.file("one.json", R"({"color": "never"})");
  CHECK(home.shown("color", {"--config", one}) == "never " + one + ":1");
  CHECK(home.shown("run.maxInFlight", {"--config", one}).ends_with(" default"));
  CHECK(home.shown("run.maxInFlight").starts_with("7 "));
  home.environment["THIG_HOOKS_CONFIG"] = one;
  CHECK(home.shown("database").ends_with(" default"));
  CHECK(home.shown("run.maxInFlight", {"--config", "/dev/null"}).ends_with(" default"));
  const CliResult none = home.run({"list", "--config", home.path("none.json")});
  CHECK(none.code == 3);
  CHECK(none.err.find("no such configuration file: " + home.path("none.json")) !=
        std::string::npos);
  CHECK(home.run({"list", "--config", ""}).code == 2);
}

TEST_CASE("a file that is wrong: line, key and what to do") {
  struct Row {
    std::string text;
    std::string error;
    std::string hint;
  };
  const Row rows[] = {
      {"{\n\"databse\": \"/x\"}", ":2: unknown key \"databse\"", "did you mean \"database\"?"},
      {"{\"zzz\": 1}", ":1: unknown key \"zzz\"", "config show"},
      {"{\"run\": {\n\n\"maxinflight\": 3}}", ":3: unknown key \"run.maxinflight\"",
       "\"run.maxInFlight\""},
      {"{\"run\": 5}", ":1: unknown key \"run\"", "\"run\": {\""},
      {"{\n\n\n\"database\": 5}", ":4: database: must be a string, in quotes", ""},
      {"{\"database\": {\"a\": \"b\"}}", "unknown key \"database.a\"", ""},
      {"{\"run\": {\"maxInFlight\": \"512\"}}", ":1: run.maxInFlight: must be a number", ""},
      {"{\"run\": {\n\"maxInFlight\": 0}}", ":2: run.maxInFlight: must be an integer", ""},
      {"{\"run\": {\"maxInFlight\": true}}", "run.maxInFlight: must be a number", ""},
      {"{\"run\": {\"grace\": \"soon\"}}", ":1: run.grace: ", ""},
      {"{\"color\": \"alway\"}", "\"alway\" is not one of auto, always, never", "\"always\""},
      {"{\"color\": null}", "color: a value must be a string", ""},
      {"{\"color\": [\"auto\"]}", "color: must be a string, in quotes", ""},
      {"{\"color\": [1]}", ":1: color: a list must contain strings", ""},
      {"{\"incoming\": {\"trustedProxies\": \"::1\"}}", "must be a list of strings", ""},
      {"{\"incoming\": {\"trustedProxies\": [\n\"10.0.0.0/8\",\n\"a,b\"]}}",
       ":3: incoming.trustedProxies: a list must contain strings, each without a comma", ""},
      {"{\"incoming\": {\"trustedProxies\": [\"10.0.0.0/8\",\n\"proxy\"]}}",
       ":2: incoming.trustedProxies: not a valid address range: \"proxy\"", ""},
      {"{\"color\": \"auto\",\n\"color\": \"never\"}", ":2: color is set twice, also on line 1",
       ""},
      {"[]", "a configuration file must be a JSON object", ""},
      {"", ": not valid JSON at byte 1", "expected format"},
      {"{\"color\": \"auto\",\n\"database\" \"/x\"}", ": not valid JSON at line 2, column 12",
       "expected format"},
      {"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}", "nested", ""},
  };
  ConfigHome home;
  for (const Row& row : rows) {
    CAPTURE(row.text);
    for (const std::string& file : {home.user(row.text), home.system(row.text)}) {
      const CliResult result = home.run({"list"});
      CHECK(result.code == 2);
      CHECK(result.out == "");
      CHECK_MESSAGE(result.err.find(file) != std::string::npos, result.err);
      CHECK_MESSAGE(result.err.find(row.error) != std::string::npos, result.err);
      CHECK_MESSAGE(result.err.find(row.hint) != std::string::npos, result.err);
      fs::remove(file);
    }
  }
}

TEST_CASE("a list is one in a file, and written with commas in a variable") {
  ConfigHome home;
  const std::string user =
      home.user("{\"incoming\": {\n\"trustedProxies\": [\"10.0.0.0/8\", \"::1/128\"]}}");
  CHECK(home.shown("incoming.trustedProxies") == "10.0.0.0/8,::1/128 " + user + ":2");
  home.environment["THIG_HOOKS_INCOMING_TRUSTED_PROXIES"] = "127.0.0.1/32, ::1/128";
  CHECK(home.shown("incoming.trustedProxies") ==
        "127.0.0.1/32, ::1/128 environment variable THIG_HOOKS_INCOMING_TRUSTED_PROXIES");
  home.environment["THIG_HOOKS_INCOMING_TRUSTED_PROXIES"] = "127.0.0.1/32,x";
  CHECK(home.run({"serve-incoming"}).err.contains("not a valid address range: \"x\""));
  home.environment.erase("THIG_HOOKS_INCOMING_TRUSTED_PROXIES");
  const CliResult flag = home.run({"serve-incoming", "--trusted-proxy", "10.0.0.0/8,y"});
  CHECK(flag.code == 2);
  CHECK(flag.err.contains("not a valid address range: \"y\""));
  home.user("{\"incoming\": {\"trustedProxies\": []}}");
  CHECK(home.run({"list"}).code == 0);
}

TEST_CASE("settings of other commands are checked too, and each kind of flag takes its own") {
  ConfigHome home;
  home.user(R"({"run": {"maxInFlight": 5, "disableSpan": "2h", "grace": "1s"},
                "incoming": {"listen": "[::1]:9", "publicUrl": "https://x.test"}})");
  CHECK(home.run({"list"}).code == 0);
  home.user(R"({"incoming": {"listen": "nowhere:x"}})");
  CHECK(home.run({"list"}).err.find(
            "incoming.listen: not a valid address to listen on: \"nowhere:x\"") !=
        std::string::npos);
}

TEST_CASE("a file that should not be read is not") {
  ConfigHome home;
  const std::string user = home.user("{}");
  REQUIRE(home.run({"list"}).code == 0);
  REQUIRE(chmod(user.c_str(), 0666) == 0);
  CliResult result = home.run({"list"});
  CHECK(result.code == 3);
  CHECK(result.err.find("can be written by other users") != std::string::npos);
  CHECK(result.err.find("chmod go-w " + user) != std::string::npos);
  REQUIRE(chmod(user.c_str(), 0600) == 0);
  home.user("{\"color\": \"" + std::string(64 << 10, 'x') + "\"}");
  result = home.run({"list"});
  CHECK(result.code == 3);
  CHECK(result.err.find("larger than 64 KiB") != std::string::npos);
  fs::remove(user);
  fs::create_directory(user);
  result = home.run({"list"});
  CHECK(result.code == 3);
  CHECK(result.err.find("cannot read " + user) != std::string::npos);
  fs::remove(user);
  REQUIRE(mkfifo(user.c_str(), 0600) == 0);
  CHECK(home.run({"list"}).err.find(user + " is not a regular file") != std::string::npos);
  fs::remove(user);
  fs::create_symlink(user, user);
  CHECK(home.run({"list"}).code == 3);
}

TEST_CASE("help, version and completion work with a file that is broken") {
  ConfigHome home;
  home.user("{");
  CHECK(home.run({"list"}).code == 2);
  for (const std::vector<std::string>& call :
       std::vector<std::vector<std::string>>{{},
                                             {"help"},
                                             {"help", "list"},
                                             {"list", "--help"},
                                             {"version"},
                                             {"--version"},
                                             {"completion", "bash"},
                                             {"__complete", "fish", "0", ""}}) {
    const CliResult result = home.run(call);
    CHECK(result.code == 0);
    CHECK(result.out != "");
    CHECK(result.err == "");
  }
}

TEST_CASE("a variable of the environment that is wrong is named") {
  ConfigHome home;
  home.environment["THIG_HOOKS_RUN_MAX_IN_FLIGHT"] = "many";
  CHECK(home.run({"list"}).code == 0);
  const CliResult result = home.run({"deliver"});
  CHECK(result.code == 2);
  CHECK(result.err.find("THIG_HOOKS_RUN_MAX_IN_FLIGHT: must be an integer") != std::string::npos);
}

TEST_CASE("config show: every key, in each form") {
  ConfigHome home;
  const ConfigKeys keys;
  const std::string out = home.must({"config", "show"});
  const std::string json = home.must({"config", "show", "--json"});
  CHECK(json_elements(json).size() == keys.all().size());
  for (const ConfigKeys::Key& key : keys.all()) {
    CHECK(out.find(std::string(key.name()) + "\t") != std::string::npos);
    CHECK(home.run({"config", "show", std::string(key.name())}).code == 0);
  }
  CHECK(home.must({"config", "show", "--color", "never"}, {.out_terminal = true, .columns = 80})
            .starts_with("KEY"));
  const CliResult near = home.run({"config", "show", "databse"});
  CHECK(near.code == 2);
  CHECK(near.err.find("did you mean \"database\"?") != std::string::npos);
}

TEST_CASE("flags that share a key take the same values") {
  std::map<std::string, const Flags::Item*> first;
  const std::vector<DeclaredCommand> commands = declare_all_commands();
  for (const DeclaredCommand& declared : commands) {
    for (const Flags::Item& item : declared.flags.items()) {
      if (item.config.empty()) continue;
      const Flags::Item& other = *first.emplace(item.config, &item).first->second;
      CAPTURE(item.config);
      CHECK(item.value == other.value);
      CHECK(item.numeric == other.numeric);
      CHECK(item.choices == other.choices);
      CHECK(item.fallback == other.fallback);
      CHECK_FALSE(item.required);
    }
  }
  CHECK(first.contains("database"));
}

TEST_CASE(
    "a setting that was renamed is still taken under its earlier name, and shown under the new") {
  ConfigHome home;
  CHECK(home.shown("run.pauseAfter") == "5 default");
  const std::string system = home.system(R"({"run": {"pauseAfter": 6}})");
  CHECK(home.shown("run.pauseAfter") == "6 " + system + ":1");
  const std::string user = home.user(R"({"run": {"parkAfter": 7}})");
  CHECK(home.shown("run.pauseAfter") == "7 " + user + ":1");
  home.environment["THIG_HOOKS_RUN_PARK_AFTER"] = "8";
  CHECK(home.shown("run.pauseAfter") == "8 environment variable THIG_HOOKS_RUN_PARK_AFTER");
  home.environment["THIG_HOOKS_RUN_PAUSE_AFTER"] = "9";
  CHECK(home.shown("run.pauseAfter") == "9 environment variable THIG_HOOKS_RUN_PAUSE_AFTER");
  home.environment.erase("THIG_HOOKS_RUN_PARK_AFTER");
  home.environment.erase("THIG_HOOKS_RUN_PAUSE_AFTER");
  home.user(R"({"run": {"parkAfter": "often"}})");
  CHECK(home.run({"config", "show"}).err.contains("run.parkAfter: must be a number"));
  CHECK_FALSE(home.must({"config", "show", "--config", "/dev/null"}).contains("park"));
}

TEST_CASE("the variable of a key") {
  Flags::Item item;
  CHECK(variable_of(item) == "");
  item.config = "run.maxInFlight";
  CHECK(variable_of(item) == "THIG_HOOKS_RUN_MAX_IN_FLIGHT");
  item.variable = "OTHER";
  CHECK(variable_of(item) == "OTHER");
}

}  // namespace thig
