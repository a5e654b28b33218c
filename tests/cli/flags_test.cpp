#include "cli/flags/flags.h"

#include "tests/support/remark_text.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

// A command with a flag of every kind.
struct Sample {
  std::string name;
  std::optional<std::string> second;
  bool force = false;
  std::string note = "none";
  std::vector<std::string> events;
  std::vector<std::string> headers;
  int limit = 50;
  Millis timeout = std::chrono::seconds(10);
  std::string mode = "auto";
  Flags flags;
  Flags::Item* force_item = nullptr;
  Flags::Item* limit_item = nullptr;

  Sample() {
    flags.positional("NAME", name, "A name");
    flags.positional("SECOND", second, "Another");
    force_item = &flags.toggle("--force", force, "Do it");
    force_item->short_name = "-f";
    flags.text("--note", "TEXT", note, "A note");
    flags.list("--event", "PATTERN", events, "Events");
    flags.texts("--header", "H", headers, "Headers");
    limit_item = &flags.number("--limit", "N", limit, 1, 100, "Limit");
    flags.duration("--timeout", timeout, "Timeout");
    flags.choice("--mode", "MODE", {"auto", "always", "never"}, mode, "Mode");
  }
  Status parse(std::vector<std::string> words) { return flags.parse(words); }
};

std::string error_of(std::vector<std::string> words) {
  Sample sample;
  const auto parsed = sample.parse(std::move(words));
  if (parsed) return "";
  CHECK(parsed.error().code != ErrorCode::internal);
  return parsed.error().text + "|" + remark_text(parsed.error().hint);
}

}  // namespace

TEST_CASE("flags may stand anywhere, and be written with a blank or an equals sign") {
  Sample sample;
  REQUIRE(sample.parse({"--note=x=y", "crm", "-f", "--limit", "7", "two", "--timeout", "1m30s"}));
  CHECK(sample.name == "crm");
  CHECK(sample.second == "two");
  CHECK(sample.force);
  CHECK(sample.note == "x=y");
  CHECK(sample.limit == 7);
  CHECK(sample.timeout == std::chrono::seconds(90));
}

TEST_CASE("lists take commas and repetition; texts take a comma as it is") {
  Sample sample;
  REQUIRE(sample.parse(
      {"n", "--event", "a.b, c.*", "--event=d.e", "--header", "A: 1,2", "--header", "B: [3]"}));
  CHECK(sample.events == std::vector<std::string>{"a.b", "c.*", "d.e"});
  CHECK(sample.headers == std::vector<std::string>{"A: 1,2", "B: [3]"});
}

TEST_CASE("odd values are taken as they are") {
  Sample sample;
  REQUIRE(sample.parse({"[a,b]", "--note=", "--", "--force"}));
  CHECK(sample.name == "[a,b]");
  CHECK(sample.note == "");
  CHECK(sample.second == "--force");
  CHECK_FALSE(sample.force);
}

TEST_CASE("a lone dash is a value, and the last of several wins") {
  Sample sample;
  REQUIRE(sample.parse({"-", "--note", "-", "--limit", "3", "--limit", "4"}));
  CHECK(sample.name == "-");
  CHECK(sample.note == "-");
  CHECK(sample.limit == 4);
}

TEST_CASE("what is off is named, with the near miss") {
  struct Row {
    std::vector<std::string> words;
    std::string error;
  };
  const Row rows[] = {
      {{"n", "--forc"}, "unknown flag --forc|did you mean --force?"},
      {{"n", "--zzz=1"}, "unknown flag --zzz|"},
      {{"n", "-x"}, "unknown flag -x|"},
      {{"n", "--limit", "0"}, "--limit: must be an integer from 1 to 100, not \"0\"|"},
      {{"n", "--limit", "5x"}, "--limit: must be an integer from 1 to 100, not \"5x\"|"},
      {{"n", "--limit", "99999999999999999999"},
       "--limit: must be an integer from 1 to 100, not \"99999999999999999999\"|"},
      {{"n", "--mode", "alway"},
       "--mode: \"alway\" is not one of auto, always, never|did you mean \"always\"?"},
      {{"n", "--note"}, "--note needs a value: TEXT|"},
      {{"n", "--force=yes"}, "--force takes no value|"},
      {{"n", "--event", "a,,b"}, "--event: the list contains an empty item|"},
      {{"n", "two", "three"}, "unexpected argument \"three\"|put text with spaces in quotes"},
  };
  for (const Row& row : rows) CHECK(error_of(row.words) == row.error);
}

TEST_CASE("a duration that is none names its flag and itself") {
  const std::string error = error_of({"n", "--timeout", "soon"});
  CHECK(error.starts_with("--timeout: "));
  CHECK(error.find("soon") != std::string::npos);
}

TEST_CASE("what is required is asked for") {
  Sample sample;
  REQUIRE(sample.parse({}));
  CHECK(sample.flags.check_required().error().text == "NAME is required");
  REQUIRE(sample.parse({"crm"}));
  CHECK(sample.flags.check_required());
}

TEST_CASE("leading flags end at the first word") {
  Flags flags;
  bool json = false;
  flags.toggle("--json", json, "JSON");
  const std::vector<std::string> words = {"--json", "list", "--json", "--unknown"};
  const auto rest = flags.parse_leading(words);
  REQUIRE(rest);
  CHECK(json);
  CHECK(*rest == std::vector<std::string>{"list", "--json", "--unknown"});
}

TEST_CASE("every flag is kept in the table that help is made from") {
  const Sample sample;
  CHECK(sample.flags.synopsis() == "NAME [SECOND] [flags]");
  CHECK(sample.flags.items().size() == 9);
  CHECK(sample.flags.items()[6].fallback == "50");
  CHECK(sample.flags.items()[7].fallback == "10s");
  CHECK(sample.flags.items()[8].choices.size() == 3);
}

TEST_CASE("what is not given comes from elsewhere, if it has a key") {
  using Source = Flags::Preset::Source;
  const auto from_file = [](std::string value) {
    return [value](const Flags::Item&) {
      return std::optional(Flags::Preset{.value = value, .source = Source::file, .where = "f:3"});
    };
  };
  Sample sample;
  bool asked = false;
  Flags::Item& limit = *sample.limit_item;
  limit.config = "a.limit";
  Flags::Item& force = *sample.force_item;

  REQUIRE(sample.parse({"crm", "--limit", "7"}));
  REQUIRE(sample.flags.fill([&](const Flags::Item&) {
    asked = true;
    return std::nullopt;
  }));
  CHECK_FALSE(asked);
  CHECK(sample.flags.given(limit) == "7");
  CHECK_FALSE(sample.flags.given(force));

  Sample other;
  other.limit_item->config = "a.limit";
  REQUIRE(other.flags.fill(from_file("8")));
  CHECK(other.limit == 8);
  CHECK(other.note == "none");
  const auto wrong = other.flags.fill(from_file("x"));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().text == "f:3: a.limit: must be an integer from 1 to 100, not \"x\"");

  force.config = "force";
  REQUIRE(sample.flags.fill(from_file("false")));
  CHECK_FALSE(sample.force);
  CHECK_FALSE(sample.flags.fill(from_file("yes")));
  REQUIRE(sample.flags.fill(from_file("true")));
  CHECK(sample.force);
}

TEST_CASE("what was given elsewhere on the line counts as given") {
  Sample before;
  REQUIRE(before.parse({"crm", "--limit", "7"}));
  Sample sample;
  sample.flags.inherit(before.flags);
  CHECK(sample.flags.given(sample.flags.items()[6]) == "7");
  CHECK_FALSE(sample.flags.given(sample.flags.items()[0]));
}

}  // namespace thig
