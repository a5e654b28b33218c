// Setting up by script: edit, apply and export, members, audit.
#include "tests/cli/history.h"

#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace thig {
namespace {

const std::string document = R"({
  "outgoing": [{"name": "crm", "url": "https://crm.test/in", "events": ["project.*"]},
               {"name": "bill", "url": "https://bill.test/", "events": ["billing.*"]}],
  "incoming": [{"name": "issues", "action": {"kind": "emit", "event": "project.created"}}]
})";

}  // namespace

TEST_CASE("edit changes what is given, tells what was changed, and leaves the rest") {
  CliHome home;
  home.add("crm");
  const CliResult edited =
      home.run({"edit", "crm", "--timeout", "5s", "--add-event", "prd.approved", "--remove-event",
                "*", "--header", "X-Team: a", "--rate", "3", "--name", "sales"});
  REQUIRE_MESSAGE(edited.code == 0, edited.err);
  CHECK(edited.out.empty());
  for (const char* part :
       {"timeout: 10s → 5s", "events: * → prd.approved", "rate: none → 3", "name: crm → sales"}) {
    CHECK_MESSAGE(edited.err.contains(part), edited.err);
  }
  CHECK_FALSE(edited.err.contains("X-Team: a"));
  const std::string json = home.must({"show", "sales", "--json", "--reveal-secret"});
  CHECK(json.contains(R"("timeout":"5s")"));
  CHECK(json.contains(R"("value":"a")"));
  CHECK(json.contains(R"("retry":"170s,680s,2720s")"));

  CHECK(home.run({"edit", "sales", "--header", "x-team: b", "--rate", "0"}).code == 0);
  const std::string after = home.must({"show", "sales", "--json", "--reveal-secret"});
  CHECK(after.contains(R"("rate":null)"));
  CHECK(after.contains(R"({"name":"x-team","value":"b"})"));
  CHECK_FALSE(after.contains("X-Team"));
  CHECK(home.run({"edit", "sales", "--remove-header", "X-TEAM"}).code == 0);
  CHECK(home.must({"show", "sales", "--json"}).contains(R"("headers":[])"));
  const CliResult same = home.run({"edit", "sales", "--timeout", "5s", "--json"});
  CHECK(same.code == 0);
  CHECK(same.err.contains("unchanged: sales"));
  CHECK(same.out.starts_with("{"));
}

TEST_CASE("settings of a command are refused where none is run") {
  CliHome home;
  const std::vector<std::string> add = {"add",   "incoming", "inbox", "--action", "create-project",
                                        "--set", "name=/t"};
  home.must(add);
  for (const std::vector<std::string>& setting : {std::vector<std::string>{"--timeout", "3s"},
                                                  {"--directory", "/tmp"},
                                                  {"--max-parallel", "2"}}) {
    std::vector<std::string> edit = {"edit", "inbox"};
    edit.insert(edit.end(), setting.begin(), setting.end());
    const auto edited = home.run(edit);
    CHECK(edited.code == 2);
    CHECK(edited.err.contains("only commands have a directory"));
    std::vector<std::string> another = add;
    another[2] = "another";
    another.insert(another.end(), setting.begin(), setting.end());
    CHECK(home.run(another).code == 2);
  }
  CHECK(home.must({"list", "incoming"}).find("another") == std::string::npos);
}

TEST_CASE("edit sets the headers it is given, and keeps the others in their places") {
  CliHome home;
  home.add("crm");
  const auto headers = [&] {
    const std::string json = home.must({"show", "crm", "--json", "--reveal-secret"});
    const std::size_t begin = json.find(R"("headers":[)");
    return json.substr(begin, json.find(']', begin) - begin + 1);
  };
  home.must({"edit", "crm", "--header", "X-A: 1", "--header", "X-B: 2", "--header", "X-C: 3"});
  const std::string all =
      R"("headers":[{"name":"X-A","value":"1"},{"name":"X-B","value":"2"},{"name":"X-C","value":"3"}])";
  CHECK(headers() == all);
  const CliResult same = home.run({"edit", "crm", "--header", "X-A: 1"});
  CHECK_MESSAGE(same.err.contains("unchanged: crm"), same.err);
  CHECK(headers() == all);

  home.must({"edit", "crm", "--header", "x-b: 4", "--header", "X-D: 5", "--remove-header", "x-a"});
  CHECK(
      headers() ==
      R"("headers":[{"name":"x-b","value":"4"},{"name":"X-C","value":"3"},{"name":"X-D","value":"5"}])");
  const CliResult twice = home.run({"edit", "crm", "--header", "X-C: 6", "--header", "x-c: 7"});
  CHECK(twice.code == 2);
  CHECK_MESSAGE(twice.err.contains("is given twice"), twice.err);
  home.must({"edit", "crm", "--no-headers", "--header", "X-E: 8"});
  CHECK(headers() == R"("headers":[{"name":"X-E","value":"8"}])");
  home.must({"edit", "crm", "--no-headers"});
  CHECK(headers() == R"("headers":[])");
  CHECK(home.run({"edit", "crm", "--no-headers"}).err.contains("unchanged: crm"));
}

TEST_CASE("adding an incoming webhook says what it takes for a repetition") {
  CliHome home;
  const std::string event = "project.created";
  const auto add = [&](const std::string& name, std::vector<std::string> more) {
    std::vector<std::string> words = {"add",  "incoming", name, "--action",
                                      "emit", "--event",  event};
    words.insert(words.end(), more.begin(), more.end());
    return home.run(words);
  };
  const std::string says = "is treated as a duplicate";
  for (const auto& [scheme, dispatch] : {std::pair{"github", true}, {"shopify", false}}) {
    const CliResult text = add(scheme, {"--scheme", scheme, "--secret", "s3cr3t-s3cr3t"});
    REQUIRE_MESSAGE(text.code == 0, text.err);
    CHECK_MESSAGE(text.err.contains("the same body again within 1d " + says), text.err);
    CHECK(text.err.contains("workflow_dispatch") == dispatch);
    const CliResult json = add(std::string(scheme) + "-json",
                               {"--scheme", scheme, "--secret", "s3cr3t-s3cr3t", "--json"});
    CHECK_MESSAGE(json.out.contains(R"("notices":["this sender signs no message ids)"), json.out);
    CHECK(json.out.contains("repository_dispatch") == dispatch);
  }
  CHECK(add("anybody", {}).err.contains("the same body again within 1d " + says));
  // Known by a signed id, or by nothing.
  for (const std::vector<std::string>& none :
       {std::vector<std::string>{"--scheme", "stripe", "--secret", "s3cr3t-s3cr3t"},
        {"--scheme", "github", "--secret", "s3cr3t-s3cr3t", "--dedupe", "0s"}}) {
    const CliResult json = add(none[1] + "-none", [&] {
      auto words = none;
      words.push_back("--json");
      return words;
    }());
    CHECK_FALSE(json.err.contains(says));
    CHECK_MESSAGE(json.out.contains(R"("notices":[])"), json.out);
  }
}

TEST_CASE("edit knows which flags are for which kind of webhook") {
  CliHome home;
  home.add("crm");
  home.must({"add", "incoming", "in", "--action", "run", "--command", "/bin/true"});
  const struct {
    std::vector<std::string> words;
    int code;
    const char* says;
  } rows[] = {
      {{"edit", "crm", "--scheme", "github"}, 2, "--scheme is for incoming webhooks"},
      {{"edit", "crm", "--secret", "x"}, 2, "thig-hooks rotate"},
      {{"edit", "in", "--retry", "1m"}, 2, "--retry is for outgoing webhooks"},
      {{"edit", "in", "--url", "https://a.test/"}, 2, "--url is for outgoing webhooks"},
      {{"edit", "crm"}, 2, "no settings given"},
      {{"edit", "crm", "--timeout", "soon"}, 2, "--timeout"},
      {{"edit", "crm", "--rate", "-1"}, 2, "--rate"},
      {{"edit", "in", "--rate", "0.5"}, 2, "--rate"},  // whole numbers for incoming ones
      {{"edit", "crm", "--remove-event", "prd.approved"}, 2, "is not subscribed to prd.approved"},
      {{"edit", "crm", "--remove-header", "x"}, 2, "has no header x"},
      {{"edit", "crm", "--allow-private", "--no-allow-private"}, 2, "cannot be combined"},
      {{"edit", "crm", "--event", "project.craeted"}, 4, "project.created"},
      {{"edit", "crm", "--url", "http://a.test/"}, 2, "HTTPS"},
      {{"edit", "crm", "--name", "in"}, 2, "in"},
      {{"edit", "crm", "--name", "a\nb"}, 2, "name"},
      {{"edit", "crm", "--name", std::string(300, 'x')}, 2, "longer than 100 characters"},
      {{"edit", "crmm", "--rate", "1"}, 4, "did you mean 'crm'?"},
      {{"edit", "crm", "--client-cert", "/nonexistent", "--client-key", "/none"},
       3,
       "/nonexistent"},
  };
  for (const auto& row : rows) {
    const CliResult result = home.run(row.words);
    CAPTURE(row.says);
    CHECK_MESSAGE(result.code == row.code, result.err);
    CHECK(result.out.empty());
    CHECK_MESSAGE(result.err.contains(row.says), result.err);
  }
  CHECK(home.run({"edit", "in", "--timeout", "5s", "--rate", "7"}).code == 0);
  CHECK(home.run({"edit", "crm", "--timeout", "5s", "--rate", "0.5"}).code == 0);
  home.user = {.name = "bob", .is_root = false};
  CHECK(home.run({"edit", "crm", "--rate", "1"}).code == 77);
}

TEST_CASE("add --if-absent changes nothing the second time") {
  CliHome home;
  const std::vector<std::string> add = {"add",     "outgoing", "crm",        "https://crm.test/",
                                        "--event", "*",        "--if-absent"};
  CHECK(home.must(add).contains("whsec_"));
  const CliResult again = home.run(add);
  CHECK(again.code == 0);
  CHECK(again.out.empty());
  CHECK(again.err.contains("already exists"));
  CHECK_FALSE(again.err.contains("warning"));
  CHECK(home.run({"add", "outgoing", "crm", "https://other.test/", "--event", "*", "--if-absent"})
            .err.contains("thig-hooks edit"));
  CHECK(home.must({"list", "--json"}).contains("https://crm.test/"));

  const std::vector<std::string> incoming = {"add",  "incoming", "in",           "--action",
                                             "emit", "--event",  "prd.approved", "--if-absent"};
  CHECK(home.must(incoming).contains("/api/webhooks/incoming/"));
  CHECK(home.run(incoming).out.empty());
  // The name of one kind is taken for the other.
  CHECK(
      home.run({"add", "outgoing", "in", "https://a.test/", "--event", "*", "--if-absent"}).code ==
      2);
}

TEST_CASE("apply makes it so, prints each secret once, and nothing the second time") {
  CliHome home;
  const std::string file = home.file("webhooks.json", document);
  const CliResult applied = home.run({"apply", file});
  REQUIRE_MESSAGE(applied.code == 0, applied.err);
  const auto lines = lines_of(applied.out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].starts_with("create\toutgoing\tcrm\t\twhsec_"));
  CHECK(lines[2].starts_with("create\tincoming\tissues\t\thttp://"));
  CHECK(applied.err.contains("3 created, 0 changed, 0 removed"));

  const CliResult again = home.run({"apply", file});
  CHECK(again.code == 0);
  CHECK(again.out.empty());
  CHECK(again.err.contains("no changes: everything matches the file"));
  CHECK(home.must({"apply", file, "--json"}) == "{\"dryRun\":false,\"changes\":[]}\n");

  const std::string exported = home.must({"export"});
  CHECK_FALSE(exported.contains("whsec_"));
  CHECK(home.run({"apply", "-"}, {.in = exported}).out.empty());
  CHECK(home.must({"export", "--with-secrets"}).contains("whsec_"));
}

TEST_CASE("what is exported can be applied, also where it is very long") {
  CliHome home;
  std::string headers;
  for (int i = 0; i < 20; ++i) {
    headers += fmt::format(R"({}{{"name":"x-{}","value":"{}"}})", i == 0 ? "" : ",", i,
                           std::string(1'000, 'v'));
  }
  std::string many = R"({"version":1,"outgoing":[)";
  for (int i = 0; i < 850; ++i) {
    many += fmt::format(
        R"({}{{"name":"w{}","url":"https://crm.test/in","events":["project.*"],"headers":[{}]}})",
        i == 0 ? "" : ",", i, headers);
  }
  home.must({"apply", home.file("many.json", many + "]}"), "-q"});
  const std::string exported = home.must({"export", "--with-secrets"});
  CHECK(exported.size() > (16u << 20));
  home.environment["THIG_HOOKS_DB"] = home.path("other.db");
  home.must({"apply", "-", "-q"}, {.in = exported});
  CHECK((home.must({"export", "--with-secrets"}) == exported));
}

TEST_CASE("apply removes only with --prune, and asks before it does") {
  CliHome home;
  home.must({"apply", home.file("all.json", document)});
  const std::string less = home.file("less.json", R"({"outgoing":[]})");
  CHECK(home.run({"apply", less}).out.empty());
  const CliResult unasked = home.run({"apply", less, "--prune"});
  CHECK(unasked.code == 2);
  CHECK(unasked.out.empty());
  CHECK(unasked.err.contains("--yes"));
  const CliInput terminal{.in_terminal = true, .err_terminal = true, .columns = 80};
  CliInput no = terminal;
  no.in = "n\n";
  CHECK(home.run({"apply", less, "--prune"}, no).code == 1);
  CHECK(lines_of(home.must({"list"})).size() == 2);
  const CliResult dry = home.run({"apply", less, "--prune", "--dry-run"});
  CHECK(dry.code == 0);
  CHECK(lines_of(dry.out).size() == 2);
  CHECK(lines_of(home.must({"list"})).size() == 2);
  const std::string json = home.must({"apply", less, "--prune", "--yes", "--json"});
  CHECK(json.contains(R"("step":"remove")"));
  CHECK(home.must({"list"}).empty());
  CHECK(lines_of(home.must({"list", "incoming"})).size() == 1);
}

TEST_CASE("with --exit-code a difference is 1, and none is 0") {
  CliHome home;
  const std::string file = home.file("all.json", document);
  CHECK(home.run({"apply", file, "--dry-run", "--exit-code"}).code == 1);
  CHECK(home.run({"apply", file, "--exit-code"}).code == 1);
  CHECK(home.run({"apply", file, "--dry-run", "--exit-code"}).code == 0);
}

TEST_CASE("on a terminal apply shows each value before and after") {
  CliHome home;
  const auto with = [&](std::string_view timeout) {
    return home.file("one.json", fmt::format(R"({{"outgoing":[{{"name":"crm",
      "url":"https://crm.test/in","events":["project.*"],"timeout":"{}"}}]}})",
                                             timeout));
  };
  const CliInput terminal{.out_terminal = true, .columns = 80};
  const std::string created = home.must({"apply", with("5s"), "--color", "never"}, terminal);
  CHECK(created.contains("+ outgoing crm"));
  CHECK(created.contains("    url: https://crm.test/in"));
  CHECK(created.contains("    secret: whsec_"));
  const std::string changed =
      home.must({"apply", with("7s"), "--dry-run", "--color", "never"}, terminal);
  CHECK(changed == "~ outgoing crm\n    timeout: 5s → 7s\n");
}

TEST_CASE("a document may say in which file or variable a secret is") {
  CliHome home;
  const std::string secret = "whsec_" + std::string(43, 'A') + "=";
  home.file("crm.secret", secret + "\n");
  home.environment["ERP_SECRET"] = secret;
  const auto setup = [&](std::string_view source) {
    return home.file("setup.json", fmt::format(R"({{"outgoing":[{{"name":"crm",
      "url":"https://crm.test/in","events":["project.*"],"secret":{}}}]}})",
                                               source));
  };
  for (const char* source : {R"({"file":"crm.secret"})", R"({"env":"ERP_SECRET"})"}) {
    home.must({"apply", setup(source)});
    CHECK(home.must({"show", "crm", "--reveal-secret"}).contains(secret));
    CHECK(home.run({"apply", setup(source)}).err.contains("no changes"));
    home.must({"remove", "crm", "--yes"});
  }
  for (const char* wrong : {R"({"file":"nowhere"})", R"({"env":"NOT_SET"})", "{}",
                            R"({"file":"a","env":"b"})", R"({"fil":"a"})", "7"}) {
    INFO(wrong);
    const CliResult refused = home.run({"apply", setup(wrong)});
    CHECK((refused.code == 2 || refused.code == 3));
    CHECK(refused.err.contains("secret"));
    CHECK(home.must({"list"}).empty());
  }
}

TEST_CASE("a dry run of apply makes no database") {
  CliHome home;
  const CliResult dry = home.run({"apply", home.file("all.json", document), "--dry-run"});
  REQUIRE_MESSAGE(dry.code == 0, dry.err);
  CHECK(lines_of(dry.out).size() == 3);
  CHECK_FALSE(dry.out.contains("whsec_"));
  CHECK(home.run({"show", "crm"}).code == 4);
}

TEST_CASE("a dry run of apply makes no key") {
  CliHome home;
  home.must({"events", "add", "order.paid"});
  const std::string key = home.path("key-of-none");
  home.must({"apply", home.file("all.json", document), "--dry-run", "--key-file", key});
  CHECK_FALSE(std::filesystem::exists(key));
  home.must({"apply", home.file("all.json", document), "--key-file", key});
  CHECK(std::filesystem::exists(key));
}

TEST_CASE("a document that is off changes nothing and says where") {
  CliHome home;
  const struct {
    std::string text;
    int code;
    const char* says;
  } rows[] = {
      {"", 2, "all.json"},
      {"{", 2, "all.json"},
      {R"({"outgoing":[{"name":"a","url":"https://a.test/","events":["*"],"timeot":"5s"}]})", 2,
       "timeot"},
      {R"({"outgoing":[{"name":"a","url":"https://a.test/","events":["*"]},)"
       R"({"name":"b","url":"https://b.test/","events":["nope.nope"]}]})",
       4, "outgoing[1] b"},
  };
  for (const auto& row : rows) {
    const CliResult result = home.run({"apply", home.file("all.json", row.text)});
    CHECK_MESSAGE(result.code == row.code, result.err);
    CHECK(result.out.empty());
    CHECK_MESSAGE(result.err.contains(row.says), result.err);
    CHECK(home.must({"list"}).empty());
    // None is made for a document that cannot be applied.
    CHECK_FALSE(std::filesystem::exists(home.database()));
  }
  CHECK(home.run({"apply", home.path("missing.json")}).code == 3);
  home.must({"apply", home.file("all.json", document)});
  CHECK(home.run({"export"}).code == 0);
  home.user = {.name = "bob", .is_root = false};
  CHECK(home.run({"apply", home.file("all.json", document)}).code == 77);
  CHECK(home.run({"export", "--with-secrets"}).code == 77);
}

TEST_CASE("members are listed, added, given roles and removed") {
  CliHome home;
  CHECK(home.must({"members"}).empty());
  CHECK(home.must({"members", "--json"}) == "[]\n");
  home.add("crm");
  CHECK(home.must({"members"}) == "ada\towner\n");
  CHECK(home.must({"members", "add", "ann", "admin", "--json"}) ==
        R"({"name":"ann","role":"admin","result":"created"})"
        "\n");
  CHECK(home.run({"members", "add", "ann", "viewer"}).code == 2);
  const CliResult typo = home.run({"members", "add", "bob", "amdin"});
  CHECK(typo.code == 2);
  CHECK(typo.err.contains("did you mean \"admin\"?"));
  CHECK(home.run({"members", "set-role", "ada", "viewer"}).code == 2);  // the last Owner
  CHECK(home.run({"members", "remove", "ada"}).code == 2);
  CHECK(home.run({"members", "remove", "anm"}).err.contains("did you mean 'ann'?"));
  CHECK(home.must({"members", "set-role", "ann", "owner"}).empty());
  CHECK(home.must({"members", "remove", "ada"}).empty());
  CHECK(home.run({"members", "add", "eve", "owner"}).code == 77);
  home.user.name = "ann";
  CHECK(home.must({"members", "add", "eve", "member"}).empty());
  CHECK(home.run({"member"}).err.contains("members"));
  CHECK(home.run({"members", "promote", "eve"}).code == 2);
}

TEST_CASE("what is asked for a second time changes nothing, says so, and succeeds") {
  CliHome home;
  home.add("crm");
  const std::string secret = home.file("hook.secret", "s3cret");
  home.must({"add", "incoming", "in", "--action", "create-project", "--set", "name=/t", "--scheme",
             "github", "--secret-file", secret});
  home.must({"keys", "add", "ci", "--scope", "read"});
  const std::string another = home.file("another.secret", "an0ther");
  const struct {
    std::vector<std::string> words;
    const char* first;
    const char* says;
  } rows[] = {
      {{"add", "outgoing", "new", "https://a.example/", "--event", "*", "--if-absent"},
       "created",
       "already exists"},
      {{"add", "incoming", "new-in", "--action", "add-note", "--if-absent", "--set", "project=/p",
        "--set", "text=/t"},
       "created",
       "already exists"},
      {{"edit", "crm", "--timeout", "3s", "--header", "X-A: 1"}, "changed", "already has these"},
      {{"edit", "in", "--secret-file", another}, "changed", "already has these"},
      {{"disable", "crm"}, "changed", "is already disabled"},
      {{"enable", "crm"}, "changed", "is already enabled"},
      {{"disable", "in"}, "changed", "is already disabled"},
      {{"keys", "edit", "ci", "--rate", "7"}, "changed", "already has these"},
      {{"keys", "disable", "ci"}, "changed", "is already disabled"},
      {{"events", "add", "invoice.paid", "--description", "Paid"}, "created", "already has"},
      {{"members", "add", "ann", "admin"}, "created", "already has the role admin"},
      {{"members", "set-role", "ann", "member"}, "changed", "already has the role member"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.words[1]);
    std::vector<std::string> words = row.words;
    words.emplace_back("--json");
    const CliResult once = home.run(words);
    CHECK(once.code == 0);
    CHECK_MESSAGE(once.out.contains(fmt::format(R"("result":"{}")", row.first)), once.out);
    const std::string trail = home.must({"audit"});
    const CliResult again = home.run(words);
    CHECK(again.code == 0);
    CHECK_MESSAGE(again.out.contains(R"("result":"unchanged")"), again.out);
    CHECK_MESSAGE(again.err.contains("unchanged: "), again.err);
    CHECK_MESSAGE(again.err.contains(row.says), again.err);
    CHECK(home.must({"audit"}) == trail);
  }
  const CliResult other = home.run({"members", "add", "ann", "admin"});
  CHECK(other.code == 2);
  CHECK(other.err.contains("thig-hooks members set-role ann admin"));
}

TEST_CASE("audit shows who changed what, and never a secret") {
  CliHome home;
  CHECK(home.must({"audit"}).empty());
  CHECK(home.must({"audit", "--json"}) == "[]\n");
  home.add("crm");
  home.must({"edit", "crm", "--timeout", "5s"});
  home.must({"members", "add", "ann", "admin"});
  const auto lines = lines_of(home.must({"audit"}));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].contains("\tada\towner\tmember.add\tann\trole: admin"));
  CHECK(lines[1].contains("\twebhook.edit\tcrm\ttimeout: 10s → 5s"));
  CHECK(lines_of(home.must({"audit", "crm"})).size() == 2);
  CHECK(home.must({"audit", "--actor", "ann"}).empty());
  CHECK(lines_of(home.must({"audit", "--since", "1h"})).size() == 3);
  CHECK(home.must({"audit", "--until", "1h"}).empty());
  CHECK(home.run({"audit", "--since", "soon"}).code == 2);
  const CliResult page = home.run({"audit", "--limit", "1"});
  CHECK(page.err.contains("thig-hooks audit --limit 1 --before 3"));
  CHECK(
      lines_of(home.must({"audit", "--limit", "1", "--before", "3"}))[0].contains("webhook.edit"));
  const std::string json = home.must({"audit", "--json"});
  CHECK(check_json(json.substr(0, json.size() - 1)));
  CHECK(json.contains(R"("before":{"timeout":"10s"},"after":{"timeout":"5s"})"));
  CHECK_FALSE(json.contains("whsec_A"));
}

TEST_CASE("audit shows without a member what thig-hooks has done by itself") {
  CliHome home;
  home.add("crm");
  ok(History(home).open()->config().record_audit({.at = home.clock().now().wall,
                                                  .action = "webhook.disable",
                                                  .subject = "crm",
                                                  .before = R"({"state":"enabled"})",
                                                  .after = R"({"state":"disabled"})"}));
  CHECK(lines_of(home.must({"audit"}))[0].ends_with(
      "\t\t\twebhook.disable\tcrm\tstate: enabled → disabled\t"));
  CHECK(home.must({"audit", "--json"})
            .contains(R"("member":null,"role":null,"via":null,"action":"webhook.d)"));
  const std::string shown = home.must({"audit"}, {.out_terminal = true, .columns = 100});
  CHECK(shown.contains("  -  "));
}

}  // namespace thig
