#include "core/rules/signing.h"
#include "tests/cli/cli_run.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace thig {
namespace {

std::int64_t number(std::string_view json, std::string_view name) {
  return json_integer(json_find(json, name).value_or("-1")).value_or(-1);
}

const std::string good_line = R"({"event":"project.created","data":{"a":1}})";

}  // namespace

TEST_CASE("emit prints the event's id alone, and says on stderr what will happen") {
  CliHome home;
  home.add("crm");
  home.add("billing", "billing.*");
  home.add("wiki", "project.*");
  home.must({"disable", "wiki"});
  const CliResult emitted = home.run({"emit", "project.created"});
  CHECK(emitted.code == 0);
  CHECK(lines_of(emitted.out).size() == 1);
  CHECK(parse_event_id(lines_of(emitted.out)[0]));
  CHECK(emitted.err == "1 delivery queued, 1 missed (wiki is disabled)\n");
  CHECK(home.run({"emit", "project.created", "-q"}).err == "");

  const std::string json = home.must({"emit", "project.created", "--json"});
  CHECK(number(json, "queued") == 1);
  CHECK(number(json, "missed") == 1);
  CHECK(json_find(json, "missedBy") == R"(["wiki"])");
  CHECK(json_text(*json_find(json, "timestamp")) == "2026-01-15T10:00:00Z");
}

TEST_CASE("an event for nobody is recorded, with a hint") {
  CliHome home;
  const CliResult emitted = home.run({"emit", "ai.suggestion_accepted"});
  CHECK(emitted.code == 0);
  CHECK(emitted.err.find("no webhook is subscribed to ai.suggestion_accepted") !=
        std::string::npos);
  CHECK(emitted.err.find("--event ai.suggestion_accepted") != std::string::npos);
}

TEST_CASE("data comes from the flag, a file or standard input, byte for byte") {
  CliHome home;
  home.add("crm");
  const std::string data = R"({"n": 1.0, "s":"Zoë"})";
  const std::string file = home.file("data.json", data);
  for (const auto& [value, in] :
       {std::pair<std::string, std::string>{data, ""}, {"@" + file, ""}, {"-", data}}) {
    home.must({"emit", "project.created", "--data", value}, {.in = in});
    const std::string listed = home.must({"deliveries", "--json", "--limit", "1"});
    const std::string id = *json_text(*json_find(json_elements(listed)[0], "id"));
    const std::string shown = home.must({"deliveries", "show", id, "--json"});
    const std::string body = *json_text(*json_find(shown, "body"));
    CHECK(body.ends_with("\"data\":" + data + "}"));
  }
}

TEST_CASE("data that should come from a terminal is not waited for; help is shown") {
  CliHome home;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"emit", "project.created", "--data", "-"},
        {"emit", "--batch", "-"}}) {
    const CliResult result = home.run(arguments, {.in_terminal = true});
    CHECK(result.code == 2);
    CHECK(result.out == "");
    CHECK(result.err.find("standard input is a terminal") != std::string::npos);
    CHECK(result.err.find("EXAMPLES") != std::string::npos);
  }
}

TEST_CASE("data beyond 1 MiB is refused") {
  CliHome home;
  const std::string exact = "\"" + std::string((1u << 20) - 2, 'x') + "\"";
  CHECK(home.run({"emit", "project.created", "--data", "-"}, {.in = exact}).code == 0);
  const CliResult over = home.run({"emit", "project.created", "--data", "-"}, {.in = exact + " "});
  CHECK(over.code == 2);
  CHECK(over.err.find("1 MiB") != std::string::npos);
}

TEST_CASE("emit --dry-run shows recipients and body, and records nothing") {
  CliHome home;
  home.add("crm");
  home.add("wiki");
  home.must({"disable", "wiki"});
  const std::string before = home.must({"deliveries", "--json"});
  const CliResult shown = home.run({"emit", "prd.approved", "--data", R"({"a":1})", "--dry-run"});
  CHECK(shown.code == 0);
  CHECK(shown.out.find("to\tcrm\tPOST https://crm.test/in\n") != std::string::npos);
  CHECK(shown.out.find("missed\twiki\t") != std::string::npos);
  CHECK(shown.out.find(R"("data":{"a":1}})") != std::string::npos);
  CHECK(shown.err.find("nothing was recorded") != std::string::npos);
  const std::string json = home.must({"emit", "prd.approved", "--dry-run", "--json"});
  CHECK(json_find(json, "dryRun") == "true");
  CHECK(json_elements(*json_find(json, "queued")).size() == 1);
  CHECK(home.must({"deliveries", "--json"}) == before);
}

TEST_CASE("a batch gives a receipt for every good line and an error for every broken one") {
  CliHome home;
  home.add("crm");
  const std::string in = good_line + "\n{broken\n\n" + good_line + "\n" +
                         R"({"event":"project.craeted"})" + "\n" + good_line;
  SUBCASE("as JSON Lines, all on stdout") {
    const CliResult result = home.run({"emit", "--batch", "-", "--json"}, {.in = in});
    CHECK(result.code == 2);
    const auto lines = lines_of(result.out);
    REQUIRE(lines.size() == 5);
    const std::int64_t numbers[] = {1, 2, 4, 5, 6};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      REQUIRE(check_json(lines[i]));
      CHECK(number(lines[i], "line") == numbers[i]);
      const bool broken = i == 1 || i == 3;
      CHECK(json_find(lines[i], "error").has_value() == broken);
      CHECK(json_find(lines[i], "id").has_value() == !broken);
    }
  }
  SUBCASE("piped: receipts on stdout, errors on stderr") {
    const CliResult result = home.run({"emit", "--batch", home.file("in", in)});
    CHECK(result.code == 2);
    CHECK(lines_of(result.out).size() == 3);
    CHECK(result.err.find("line 2: ") != std::string::npos);
    CHECK(result.err.find("line 5: ") != std::string::npos);
    CHECK(result.err.find("project.created") != std::string::npos);
    CHECK(result.err.find("error: 3 events recorded, 2 lines rejected") != std::string::npos);
  }
  CHECK(json_elements(home.must({"deliveries", "--json"})).size() == 3);
}

TEST_CASE("an atomic batch is recorded as a whole or not at all") {
  CliHome home;
  home.add("crm");
  const CliResult broken =
      home.run({"emit", "--batch", "-", "--atomic"}, {.in = good_line + "\n{broken\n"});
  CHECK(broken.code == 2);
  CHECK(broken.out == "");
  CHECK(broken.err.find("line 2: ") != std::string::npos);
  CHECK(broken.err.find("line 1: ") == std::string::npos);
  CHECK(home.must({"deliveries", "--json"}) == "[]\n");
  const CliResult good =
      home.run({"emit", "--batch", "-", "--atomic"}, {.in = good_line + "\n" + good_line + "\n"});
  CHECK(good.code == 0);
  CHECK(lines_of(good.out).size() == 2);
}

TEST_CASE("a line that is too long is reported and passed over") {
  CliHome home;
  home.add("crm");
  const std::string in = good_line + "\n" + std::string(3u << 20, 'x') + "\n" + good_line + "\n";
  const CliResult result = home.run({"emit", "--batch", "-"}, {.in = in});
  CHECK(result.code == 2);
  CHECK(lines_of(result.out).size() == 2);
  CHECK(result.err.find("line 2: ") != std::string::npos);
  CHECK(result.err.size() < 2000);
}

TEST_CASE("a batch that nobody reads the receipts of is recorded all the same") {
  CliHome home;
  home.add("crm");
  const CliInput reader_gone = {.in = good_line + "\n" + good_line + "\n", .out_reader_gone = true};
  CHECK(home.run({"emit", "--batch", "-"}, reader_gone).code == 0);
  CHECK(json_elements(home.must({"deliveries", "--json"})).size() == 2);
  CHECK(home.run({"emit", "--batch", "-"}, {.in = good_line, .out_full = true}).code == 3);
}

TEST_CASE("emit --id records an event once") {
  CliHome home;
  home.add("crm");
  const std::vector<std::string> call{"emit", "project.created", "--data", "1", "--id", "order-1"};
  const CliResult first = home.run(call);
  CHECK(first.code == 0);
  CHECK(first.err == "1 delivery queued\n");
  home.clock().advance(std::chrono::hours(1));
  const CliResult again = home.run(call);
  CHECK(again.code == 0);
  CHECK(again.out == first.out);
  CHECK(again.err ==
        "duplicate: this event was recorded at 2026-01-15T10:00:00Z with the same --id; it was not "
        "recorded again\n");
  const std::string json =
      home.must({"emit", "project.created", "--data", "1", "--id", "order-1", "--json"});
  CHECK(json_find(json, "duplicate") == "true");
  CHECK(text_of(json, "id") + "\n" == first.out);
  CHECK(text_of(json, "timestamp") == "2026-01-15T10:00:00Z");
  CHECK(number(json, "queued") == 1);
  CHECK(json_elements(home.must({"deliveries", "--json"})).size() == 1);
  CHECK(json_find(home.must({"emit", "project.created", "--json"}), "duplicate") == "false");

  const CliResult other =
      home.run({"emit", "project.created", "--data", "2", "--id", "order-1", "--json"});
  CHECK(other.code == 2);
  CHECK(other.out == "");
  CHECK(text_of(lines_of(other.err).back(), "code") == "IDEMPOTENCY_MISMATCH");
  CHECK(json_elements(home.must({"deliveries", "--json"})).size() == 2);
}

TEST_CASE("the lines of a batch may have ids") {
  CliHome home;
  home.add("crm");
  const std::string line = R"({"event":"project.created","id":"order-1"})";
  const std::string in = line + "\n" + line + "\n" + good_line + "\n";
  const CliResult result = home.run({"emit", "--batch", "-"}, {.in = in});
  CHECK(result.code == 0);
  CHECK(result.err == "2 events recorded, 1 duplicate, 0 lines rejected\n");
  REQUIRE(lines_of(result.out).size() == 3);
  CHECK(json_find(lines_of(result.out)[0], "duplicate") == "false");
  CHECK(json_find(lines_of(result.out)[1], "duplicate") == "true");
  const CliResult seen = home.run({"emit", "--batch", "-"}, {.in = line, .out_terminal = true});
  CHECK(seen.out.find("(duplicate: recorded before)") != std::string::npos);
  CHECK(seen.err == "0 events recorded, 1 duplicate, 0 lines rejected\n");
}

TEST_CASE("emit refuses new ids once they take a quarter of --max-size") {
  CliHome home;
  home.add("crm");
  home.must({"emit", "project.created", "--id", "1", "--max-size", "4B"});
  const CliResult full = home.run({"emit", "project.created", "--id", "2", "--max-size", "4B"});
  CHECK(full.code == 75);
  CHECK(full.out == "");
  CHECK(full.err.find("at the limit: nothing was recorded") != std::string::npos);
  CHECK(full.err.find("--max-size") != std::string::npos);
  home.must({"emit", "project.created", "--id", "1", "--max-size", "4B"});
  home.must({"emit", "project.created", "--max-size", "4B"});
  home.must({"emit", "project.created", "--id", "2", "--max-size", "off"});
  // Where serve-incoming has it from, too.
  home.environment["THIG_HOOKS_RETENTION_SIZE"] = "4B";
  CHECK(home.run({"emit", "project.created", "--id", "3"}).code == 75);
}

TEST_CASE("what does not go together is refused") {
  CliHome home;
  CHECK(home.run({"emit", "project.created", "--batch", "-"}).code == 2);
  CHECK(home.run({"emit", "--data", "{}", "--batch", "-"}).code == 2);
  CHECK(home.run({"emit", "--dry-run", "--batch", "-"}).code == 2);
  CHECK(home.run({"emit", "--id", "1", "--batch", "-"}).code == 2);
  CHECK(home.run({"emit", "project.created", "--id", ""}).code == 2);
}

TEST_CASE("a sample is emitted as data, marked and changed as it is asked for") {
  CliHome home;
  home.add("crm");
  const std::string plain = home.must({"emit", "project.created", "--sample", "--dry-run"});
  CHECK(plain.find(R"("sample":true)") != std::string::npos);
  const std::string set =
      home.must({"emit", "project.created", "--data", R"({"n":1})", "--set", "n=2", "--set",
                 "name=Zoe", "--set", "/client/id=7", "--dry-run"});
  CHECK(set.find(R"({"n":2,"name":"Zoe","client":{"id":7}})") != std::string::npos);
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--sample", "--data", "{}"},
        {"--set", "n"},
        {"--set", "=1"},
        {"--data", R"({"n":1})", "--set", "/n/x=1"}}) {
    std::vector<std::string> words{"emit", "project.created"};
    words.insert(words.end(), wrong.begin(), wrong.end());
    CHECK(home.run(words).code == 2);
  }
  CHECK(home.run({"emit", "project.creatd", "--sample"}).code == 4);
}

TEST_CASE("the line end at the end of a file is not part of the data") {
  CliHome home;
  home.add("crm");
  const std::string told =
      home.must({"emit", "project.created", "--data", "-", "--dry-run"}, {.in = "{\"n\": 1}\n"});
  CHECK(told.find("\"data\":{\"n\": 1}}") != std::string::npos);
}

}  // namespace thig
