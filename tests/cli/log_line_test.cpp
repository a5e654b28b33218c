#include "cli/terminal/log_line.h"

#include "cli/log/access_log.h"
#include "cli/log/dispatch_log.h"
#include "core/api/log_lines.h"
#include "core/base/file_descriptor.h"
#include "tests/cli/cli_run.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {
namespace {

LogSettings log_as(LogSettings::Format format, std::optional<LogLevel> least = {}) {
  return {.format = format, .least = least};
}

constexpr auto as_text = LogSettings::Format::text;
constexpr auto as_json = LogSettings::Format::json;

}  // namespace

TEST_CASE("a line has its time and level, and for the journal its priority alone") {
  const Time at = FakeClock().now().wall;
  const auto shown = [&](LogLevel level, LogReader reader, bool colour = false) {
    return log_text(level, at, "crm", reader, colour);
  };
  const std::pair<LogLevel, std::string> words[] = {{LogLevel::error, "error"},
                                                    {LogLevel::warning, "warning"},
                                                    {LogLevel::notice, "notice"},
                                                    {LogLevel::info, "info"},
                                                    {LogLevel::debug, "debug"}};
  int priority = 3;
  for (const auto& [level, word] : words) {
    CHECK(shown(level, LogReader::file) == "2026-01-15T10:00:00.000Z " + word + ": crm");
    CHECK(shown(level, LogReader::journal) == fmt::format("<{}>crm", priority++));
    CHECK(log_level_of(word) == level);
  }
  CHECK_FALSE(log_level_of("fatal"));
  CHECK(shown(LogLevel::error, LogReader::file, true).find("\x1b[") != std::string::npos);
  CHECK(shown(LogLevel::error, LogReader::journal, true) == "<3>crm");
}

TEST_CASE("a stream is the journal's if it is the one that systemd named") {
  const TempDir folder;
  const FileDescriptor file(open(folder.path("log").c_str(), O_CREAT | O_WRONLY, 0600));
  struct stat status {};
  REQUIRE(fstat(file.get(), &status) == 0);
  const std::string named = fmt::format("{}:{}", status.st_dev, status.st_ino);
  CHECK(is_journal(file.get(), named));
  CHECK(FdOutput(file.get(), "log", named).reader() == LogReader::journal);
  for (const std::string& other : {std::string(), named + "0", "0" + named, std::string("1:2"),
                                   named.substr(0, named.find(':')), named + " "}) {
    CHECK_FALSE(is_journal(file.get(), other));
  }
  CHECK_FALSE(is_journal(-1, named));
  CHECK(FdOutput(file.get(), "log").reader() == LogReader::file);
}

TEST_CASE("which levels there are") {
  struct Row {
    bool quiet;
    bool verbose;
    std::optional<LogLevel> least;
    LogLevel last;  // that is written
  };
  for (const Row& row :
       {Row{false, false, {}, LogLevel::info}, Row{false, true, {}, LogLevel::debug},
        Row{true, false, {}, LogLevel::warning},
        Row{false, false, LogLevel::error, LogLevel::error},
        Row{false, false, LogLevel::notice, LogLevel::notice},
        Row{false, false, LogLevel::debug, LogLevel::debug},
        Row{false, true, LogLevel::info, LogLevel::info},
        Row{true, false, LogLevel::debug, LogLevel::warning},
        Row{true, false, LogLevel::error, LogLevel::error}}) {
    Console console(with_quiet(row.quiet));
    console.options.verbose = row.verbose;
    console.context.keep_log(log_as(as_text, row.least), LogIs::record);
    for (const LogLevel level : log_levels)
      CHECK(console.context.logs(level) == (level <= row.last));
  }
}

TEST_CASE("what is said is a line of the log, where the log is a record") {
  Console console;
  console.context.warn("plain");
  CHECK(console.err.text() == "warning: plain\n");
  console.context.keep_log(log_as(as_text), LogIs::answer);
  console.context.note("also plain");
  CHECK(console.err.text() == "warning: plain\nalso plain\n");

  Console record;
  record.context.keep_log(log_as(as_text), LogIs::record);
  record.context.note("one");
  record.context.warn("two\n<0>three\x1b[2J");
  record.context.explain("not told");
  CHECK(record.err.text() ==
        "2026-01-15T10:00:00.000Z info: one\n"
        "2026-01-15T10:00:00.000Z warning: two\\x0a<0>three\\x1b[2J\n");

  Console json;
  json.context.keep_log(log_as(as_json), LogIs::answer);
  json.context.warn("two\n{\"kind\":\"error\"} whsec_AAECAwQFBgcICQoLDA0ODxAR");
  REQUIRE(lines_of(json.err.text()).size() == 1);
  const std::string line = lines_of(json.err.text()).front();
  REQUIRE(check_json(line));
  CHECK(text_of(line, "kind") == "message");
  CHECK(text_of(line, "level") == "warning");
  CHECK(text_of(line, "time") == "2026-01-15T10:00:00.000Z");
  CHECK(text_of(line, "text") == "two\n{\"kind\":\"error\"} whsec_…DxAR");
}

TEST_CASE("a field is cut, and its secrets are masked before that") {
  CHECK(log_field("crm") == "crm");
  CHECK(log_field("\xff") == "\xef\xbf\xbd");
  const std::string longest(longest_log_field, 'x');
  CHECK(log_field(longest) == longest);
  CHECK(log_field(longest + "y") == longest + "…");
  const std::string umlauts = std::string(longest_log_field - 1, 'x') + "ü";
  CHECK(log_field(umlauts) == std::string(longest_log_field - 1, 'x') + "…");
  const std::string cut = log_field(std::string(longest_log_field - 9, ' ') + test_secret);
  CHECK(cut.find("whsec_AA") == std::string::npos);
}

TEST_CASE("requests of strangers are one line each, whatever stands in them") {
  const Access access{.client = "203.0.113.9",
                      .method = "PO\x1bST",
                      .target = "/a\n<0>b\u202e/" + std::string(9'000, 'x'),
                      .webhook = "",
                      .status = 500,
                      .took = Millis{3}};
  Console text;
  text.context.keep_log(log_as(as_text), LogIs::record);
  AccessLog(text.context).answered(access);
  const std::string line = text.out.text();
  CHECK(line.starts_with(
      "2026-01-15T10:00:00.000Z error: 203.0.113.9 PO\\x1bST /a\\x0a<0>b\\xe2\\x80\\xae/xxx"));
  CHECK(line.ends_with("… - 500 3 ms\n"));
  CHECK(line.size() < longest_log_field + 200);
  CHECK(lines_of(line).size() == 1);

  Console json;
  json.context.keep_log(log_as(as_json), LogIs::record);
  AccessLog(json.context).answered(access);
  REQUIRE(lines_of(json.out.text()).size() == 1);
  const std::string document = lines_of(json.out.text()).front();
  REQUIRE(check_json(document));
  CHECK(text_of(document, "level") == "error");
  CHECK(text_of(document, "method") == "PO\x1bST");
  CHECK(document.find('\x1b') == std::string::npos);
}

TEST_CASE("--log-level leaves lines out, but never what --json was asked for") {
  const Access access{
      .client = "::1", .method = "GET", .target = "/", .webhook = "", .status = 404};
  for (const bool json : {false, true}) {
    Console console(with_json(json));
    console.context.keep_log(log_as(as_text, LogLevel::error), LogIs::record);
    AccessLog log(console.context);
    log.answered(access);
    CHECK(console.out.text().empty() != json);
    CHECK(log.requests() == 1);
  }
}

TEST_CASE("as JSON, troubles of webhooks are documents on standard error") {
  Console console;
  console.context.keep_log(log_as(as_json), LogIs::record);
  DispatchLog log(console.context, DispatchLog::Attempts::told);
  Endpoint endpoint;
  endpoint.name = "<0>crm";
  log.disabled(endpoint, "the receiver answered 410");
  log.recovered(endpoint);
  log.limited({.limit = Limit::receiver, .seconds = 42, .webhook = "crm"});
  const auto lines = lines_of(console.err.text());
  REQUIRE(lines.size() == 2);
  CHECK(text_of(lines[0], "kind") == "disabled");
  CHECK(text_of(lines[0], "level") == "error");
  CHECK(text_of(lines[0], "webhook") == "<0>crm");
  CHECK(text_of(lines[1], "level") == "notice");
  log.flush();
  CHECK(console.out.text() == "");
}

}  // namespace thig
