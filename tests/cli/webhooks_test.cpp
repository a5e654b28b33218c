#include "tests/cli/cli_run.h"
#include "tests/support/sample_pem.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> add_crm = {
    "add", "outgoing", "crm", "https://crm.test/in", "--event", "project.*,prd.approved"};

std::vector<std::string> plus(std::vector<std::string> words, std::vector<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("add prints the new secret once, and says to store it") {
  CliHome home;
  const CliResult added = home.run(add_crm);
  REQUIRE(added.code == 0);
  CHECK(added.out.starts_with("crm\twh_"));
  const std::string secret = added.out.substr(added.out.rfind('\t') + 1);
  CHECK(secret.starts_with("whsec_"));
  CHECK(added.err.find("store the secret now") != std::string::npos);
  CHECK(added.err.find("whsec_") == std::string::npos);

  for (const std::vector<std::string>& command : {std::vector<std::string>{"list"},
                                                  {"list", "--json"},
                                                  {"show", "crm"},
                                                  {"show", "crm", "--json"}}) {
    CHECK(home.must(command).find(secret.substr(0, 20)) == std::string::npos);
  }
  CHECK(home.must({"show", "crm"}).find("whsec_…" + secret.substr(secret.size() - 5, 4)) !=
        std::string::npos);
  CHECK(home.must({"show", "crm", "--reveal-secret"}).find(secret) != std::string::npos);
}

TEST_CASE("add --json writes one document with the secret in it") {
  CliHome home;
  const std::string json = home.must(plus(add_crm, {"--json", "--description", "Sales"}));
  REQUIRE(check_json(json.substr(0, json.size() - 1)));
  CHECK(text_of(json, "name") == "crm");
  CHECK(text_of(json, "url") == "https://crm.test/in");
  CHECK(text_of(json, "description") == "Sales");
  CHECK(text_of(json, "isActive") == "true");
  CHECK(text_of(json, "events") == R"(["project.*","prd.approved"])");
  CHECK(text_of(json, "secret").starts_with("whsec_"));
}

TEST_CASE("add --print-secret writes nothing but the secret") {
  CliHome home;
  const std::string out = home.must(plus(add_crm, {"--print-secret"}));
  CHECK(out.starts_with("whsec_"));
  CHECK(out.find('\n') == out.size() - 1);
  CHECK(home.run(plus(add_crm, {"--print-secret", "--json"})).code == 2);
}

TEST_CASE("a secret can be given by file, by standard input, by variable, or (warned of) by flag") {
  struct Row {
    std::vector<std::string> flags;
    std::string in;
    bool variable;
    bool warns;
  };
  const std::string file_secret = test_secret + "\n";
  for (const Row& row : {Row{{"--secret-file", "FILE"}, "", false, false},
                         Row{{"--secret-file", "-"}, test_secret + "\r\n", false, false},
                         Row{{}, "", true, false}, Row{{"--secret", test_secret}, "", false, true},
                         Row{{"--secret-file", "FILE"}, "", true, false}}) {
    CliHome home;
    auto arguments = plus(plus(add_crm, row.flags), {"--print-secret"});
    for (std::string& word : arguments) {
      if (word == "FILE") word = home.file("secret", file_secret);
    }
    if (row.variable) home.environment["THIG_HOOKS_SECRET"] = row.flags.empty() ? test_secret : "x";
    const CliResult added = home.run(arguments, {.in = row.in});
    CHECK_MESSAGE(added.out == test_secret + "\n", added.err);
    CHECK((added.err.find("warning:") != std::string::npos) == row.warns);
    CHECK(added.err.find("store the secret now") == std::string::npos);
  }
}

TEST_CASE("secrets that cannot be are refused, and nothing is added") {
  CliHome home;
  CHECK(home.run(plus(add_crm, {"--secret", "a", "--secret-file", "b"})).code == 2);
  CHECK(home.run(plus(add_crm, {"--secret-file", home.file("empty", "\n")})).code == 2);
  CHECK(home.run(plus(add_crm, {"--secret-file", "/nowhere"})).code == 3);
  CHECK(home.run(plus(add_crm, {"--secret", "plain", "--signature", "both"})).code == 2);
  const CliResult terminal = home.run(plus(add_crm, {"--secret-file", "-"}), {.in_terminal = true});
  CHECK(terminal.code == 2);
  CHECK(terminal.err.find("is a terminal") != std::string::npos);
  CHECK(terminal.err.find("EXAMPLES") != std::string::npos);
  CHECK(home.must({"list", "--json"}) == "[]\n");
}

TEST_CASE("a secret of another form signs by the product's recipe alone, and a note says so") {
  CliHome home;
  const CliResult added = home.run(plus(add_crm, {"--secret", "mySigningSecret", "--json"}));
  REQUIRE(added.code == 0);
  CHECK(text_of(added.out, "signature") == "thig");
  CHECK(added.err.find("note: ") != std::string::npos);
}

TEST_CASE("all settings of add are stored and shown") {
  CliHome home;
  const std::string ca = home.file("ca.pem", sample_certificate);
  const std::string key = home.file("key.pem", sample_key);
  home.must(plus(add_crm, {"--retry",
                           "1m,5m",
                           "--timeout",
                           "3s",
                           "--max-in-flight",
                           "4",
                           "--rate",
                           "2.5",
                           "--allow-private",
                           "--ca-file",
                           ca,
                           "--client-cert",
                           ca,
                           "--client-key",
                           key,
                           "--inactive",
                           "--header",
                           "X-Token: t0p",
                           "--signature-header",
                           "x-webhook-signature"}));
  const std::string json = home.must({"show", "crm", "--json"});
  CHECK(text_of(json, "retry") == "1m,5m");
  CHECK(text_of(json, "timeout") == "3s");
  CHECK(text_of(json, "maxInFlight") == "4");
  CHECK(text_of(json, "rate") == "2.5");
  CHECK(text_of(json, "allowPrivate") == "true");
  CHECK(text_of(json, "caFile") == ca);
  CHECK(text_of(json, "clientCert") == ca);
  CHECK(text_of(json, "clientKey") == key);
  CHECK(text_of(json, "state") == "disabled");
  CHECK(text_of(json, "isActive") == "false");
  CHECK(text_of(json, "signatureHeader") == "x-webhook-signature");
  CHECK(text_of(json, "headers") == R"([{"name":"X-Token","value":null}])");
  CHECK(home.must({"show", "crm"}).find("t0p") == std::string::npos);
  CHECK(home.must({"show", "crm", "--reveal-secret"}).find("X-Token: t0p") != std::string::npos);
}

TEST_CASE("files that a webhook needs are looked at when it is added") {
  CliHome home;
  const std::string text = home.file("text", "not a certificate");
  CHECK(home.run(plus(add_crm, {"--ca-file", "/nowhere"})).code == 3);
  const CliResult no_pem = home.run(plus(add_crm, {"--ca-file", text}));
  CHECK(no_pem.code == 2);
  CHECK(no_pem.err.find("BEGIN CERTIFICATE") != std::string::npos);
  const std::string cert = home.file("cert.pem", sample_certificate);
  const std::string key = home.file("key.pem", sample_key_encrypted);
  const auto with_client = plus(add_crm, {"--client-cert", cert, "--client-key", key});
  CHECK(home.run(with_client).err.contains("is encrypted"));
  home.file("key.pem", other_key);
  CHECK(home.run(with_client).err.contains("does not match the certificate"));
  home.file("key.pem", sample_key);
  home.must(with_client);

  // Changed afterwards: found by whoever looks next.
  home.file("key.pem", sample_key_encrypted);
  CHECK(home.run({"edit", "crm", "--rate", "2"}).err.contains("is encrypted"));
  home.file("key.pem", sample_key);
  const std::string setup = home.file("setup.json", home.must({"export"}));
  home.must({"apply", setup});
  home.file("key.pem", sample_key_encrypted);
  const CliResult applied = home.run({"apply", setup});
  CHECK(applied.code == 2);
  CHECK(applied.err.contains("is encrypted"));
  const CliResult doctor = home.run({"doctor"});
  CHECK(doctor.code == 1);
  CHECK(doctor.out.contains("crm is paused: the key"));
  CHECK(home.run({"test", "crm"}).err.contains("is encrypted"));
}

TEST_CASE("list shows a line for each webhook, by name") {
  CliHome home;
  home.add("crm", "project.*");
  home.add("billing", "billing.*");
  home.must({"disable", "crm", "--reason", "migration"});
  const std::string piped = home.must({"list"});
  CHECK(piped.starts_with("billing\twh_"));
  CHECK(piped.find("\tdisabled\t") != std::string::npos);
  CHECK(piped.find("\t2026-01-15T10:00:00Z\tmigration\t") != std::string::npos);

  const std::string table = home.must({"list"}, {.out_terminal = true, .columns = 120});
  CHECK(table.find("NAME") != std::string::npos);
  CHECK(table.find("migration") != std::string::npos);

  const std::string json = home.must({"list", "--json"});
  const auto rows = json_elements(json);
  REQUIRE(rows.size() == 2);
  CHECK(text_of(rows[0], "name") == "billing");
  CHECK(text_of(rows[0], "totalDeliveries") == "0");
  CHECK(text_of(rows[0], "successRate") == "null");
  CHECK(text_of(rows[1], "reason") == "migration");
  CHECK(text_of(rows[1], "disabledBy") == "member");
}

TEST_CASE("webhooks are listed by name, pattern and state") {
  CliHome home;
  for (const char* name : {"shop-eu", "shop-us", "crm"}) home.add(name);
  home.must({"disable", "shop-us"});
  CHECK(home.must({"list", "shop-*", "--columns", "name,state"}) ==
        "shop-eu\tenabled\nshop-us\tdisabled\n");
  CHECK(home.must({"list", "outgoing", "crm", "--columns", "name"}) == "crm\n");
  CHECK(home.must({"list", "--state", "disabled,failing", "--columns", "name"}) == "shop-us\n");
  const auto rows = json_elements(home.must({"list", "shop-us", "--json"}));
  REQUIRE(rows.size() == 1);
  CHECK(text_of(home.must({"show", "shop-us", "--json"}), "status") == "disabled");
  CHECK(home.run({"list", "x*"}).err.contains("no webhooks match"));
  CHECK(home.run({"list", "nobody"}).code == 4);
  CHECK(home.run({"list", "--state", "broken"}).code == 2);
}

TEST_CASE("the form of a list can be chosen, wherever it goes") {
  CliHome home;
  for (const char* name : {"crm", "erp"}) home.add(name);
  CHECK(home.must({"list", "--output", "table"}).starts_with("NAME"));
  CHECK(home.must({"list", "-o", "tsv"}, {.out_terminal = true, .columns = 120})
            .starts_with("crm\twh_"));
  CHECK(json_elements(home.must({"list", "-o", "json"})).size() == 2);
  const auto lines = lines_of(home.must({"list", "-o", "jsonl"}));
  REQUIRE(lines.size() == 2);
  CHECK(text_of(lines[1], "name") == "erp");
  CHECK(home.must({"list", "--columns", "state,name"}) == "enabled\tcrm\nenabled\terp\n");
  CHECK(home.run({"list", "--columns", "name,colour"}).err.contains("there are name, id, url"));
  CHECK(home.must({"list", "--columns", "name", "--color", "never"},
                  {.out_terminal = true, .columns = 120}) == "NAME\ncrm\nerp\n");
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"-o", "yaml"},
                                                {"--json", "-o", "tsv"},
                                                {"--columns", "colour"},
                                                {"--json", "--columns", "name"}}) {
    std::vector<std::string> words{"list"};
    words.insert(words.end(), wrong.begin(), wrong.end());
    const CliResult refused = home.run(words);
    CHECK(refused.code == 2);
    CHECK(refused.out == "");
  }

  home.must({"add", "outgoing", "a-webhook-with-a-rather-long-name",
             "https://receiver.example.com/a/long/path/to/somewhere", "--event", "project.*"});
  const CliResult narrow = home.run({"list"}, {.out_terminal = true, .columns = 60});
  CHECK(narrow.out.contains("STATE"));
  CHECK(narrow.err.contains("hidden for lack of room: "));
  CHECK(home.run({"list", "--wide"}, {.out_terminal = true, .columns = 20}).out.contains("wh_"));
}

TEST_CASE("disabling and enabling again is no fault, and says so") {
  CliHome home;
  home.add("crm");
  CHECK(home.run({"enable", "crm"}).err.find("is already enabled") != std::string::npos);
  CHECK(home.run({"disable", "crm"}).err.find("crm is disabled") != std::string::npos);
  CHECK(home.run({"disable", "crm"}).err.find("is already disabled") != std::string::npos);
  CHECK(text_of(home.must({"enable", "crm", "--json"}), "state") == "enabled");
  const CliResult quiet = home.run({"disable", "crm", "-q"});
  CHECK(quiet.out == "");
  CHECK(quiet.err == "");
}

TEST_CASE(
    "several webhooks are named by name, id or pattern, and all of them or none are changed") {
  CliHome home;
  for (const char* name : {"shop-eu", "shop-us", "crm"}) home.add(name);
  CHECK(home.run({"disable", "shop-eu", "nobody"}).code == 4);
  CHECK(text_of(home.must({"show", "shop-eu", "--json"}), "state") == "enabled");
  CHECK(home.run({"disable", "shop-x*"}).code == 4);

  const std::string rows = home.must({"disable", "shop-*", "shop-us", "--json"});
  REQUIRE(json_elements(rows).size() == 2);
  CHECK(text_of(json_elements(rows)[0], "name") == "shop-eu");
  CHECK(text_of(json_elements(rows)[1], "state") == "disabled");
  CHECK(text_of(home.must({"show", "crm", "--json"}), "state") == "enabled");
  // A pattern is a list, however many it matches.
  CHECK(json_elements(home.must({"enable", "shop-u*", "--json"})).size() == 1);

  const CliResult asked =
      home.run({"remove", "shop-*"}, {.in = "n\n", .in_terminal = true, .err_terminal = true});
  CHECK(asked.code == 1);
  CHECK(asked.err.find("Remove 2 webhooks (shop-eu, shop-us)") != std::string::npos);
  home.must({"remove", "shop-*", "--yes"});
  CHECK(json_elements(home.must({"list", "--json"})).size() == 1);
}

TEST_CASE("remove asks on a terminal, and needs --yes where it cannot") {
  CliHome home;
  home.add("crm");
  const CliInput person = {.in = "n\n", .in_terminal = true, .err_terminal = true};
  const CliResult no = home.run({"remove", "crm"}, person);
  CHECK(no.code == 1);
  CHECK(no.err.find("[y/N]") != std::string::npos);
  CHECK(no.err.find("nothing was removed") != std::string::npos);
  CHECK(home.run({"remove", "crm"}, {.in = "", .in_terminal = true, .err_terminal = true}).code ==
        1);
  CHECK(home.run({"remove", "crm"}, {.in = "y\n"}).code == 2);
  CHECK(home.run({"remove", "crm", "--json"},
                 {.in = "y\n", .in_terminal = true, .err_terminal = true})
            .code == 2);
  CHECK(home.must({"list"}).starts_with("crm\t"));

  CHECK(
      home.run({"remove", "crm"}, {.in = "y\n", .in_terminal = true, .err_terminal = true}).code ==
      0);
  CHECK(home.must({"list", "--json"}) == "[]\n");
  home.add("crm");
  CHECK(text_of(home.must({"remove", "crm", "--yes", "--json"}), "removed") == "true");
}

TEST_CASE("a webhook is named by its id as well") {
  CliHome home;
  home.add("crm");
  const std::string id = text_of(home.must({"show", "crm", "--json"}), "id");
  CHECK(home.must({"show", id}) == home.must({"show", "crm"}));
}

}  // namespace thig
