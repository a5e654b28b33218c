// Running commands inside the test's own process, in a home of its own.
#pragma once

#include "cli/app/app.h"
#include "core/base/json.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace thig {

// An output that keeps what it is sent.
class TextOutput final : public Output {
 public:
  explicit TextOutput(bool terminal, int columns = 0) : Output(terminal, columns) {}
  const std::string& text() const { return text_; }
  // The same while something is written in the background.
  bool has(std::string_view part) const {
    const std::scoped_lock lock(mutex_);
    return text_.find(part) != std::string::npos;
  }
  // From now on it behaves as a full disk does, or as a reader that has gone, or as it should.
  void break_off(ErrorCode code) { broken_ = code; }
  void lose_reader() { reader_gone_ = true; }
  void work_again() {
    const std::scoped_lock lock(mutex_);
    broken_.reset();
  }

 private:
  Result<Sent> send(std::string_view bytes) override {
    const std::scoped_lock lock(mutex_);
    if (broken_) return fail(*broken_, "cannot write to standard output: it is full");
    if (reader_gone_) return Sent::reader_gone;
    text_ += bytes;
    return Sent::all;
  }
  // The commands that write in the background end that before they return.
  BackgroundWriter::Write writer() const override {
    return [self = const_cast<TextOutput*>(this)](
               std::string_view& bytes) -> Result<BackgroundWriter::Wrote> {
      THIG_TRY_ASSIGN(sent, self->send(bytes));
      if (sent == Sent::reader_gone) return BackgroundWriter::Wrote::reader_gone;
      bytes = {};
      return BackgroundWriter::Wrote::some;
    };
  }
  mutable std::mutex mutex_;
  std::string text_;
  std::optional<ErrorCode> broken_;
  bool reader_gone_ = false;
};

inline GlobalOptions with_json(bool json) {
  GlobalOptions options;
  options.json = json;
  return options;
}

inline GlobalOptions with_quiet(bool quiet) {
  GlobalOptions options;
  options.quiet = quiet;
  return options;
}

// What a piece of the front end is given when no command is run around it.
struct Console {
  explicit Console(GlobalOptions given = {}, bool err_terminal = false)
      : err(err_terminal, err_terminal ? 80 : 0), options(std::move(given)) {}
  TextOutput out{false};
  TextOutput err;
  FakeClock clock;
  SeededRandom random{1};
  Stop stop;
  GlobalOptions options;
  Surroundings surroundings{.out = out,
                            .err = err,
                            .in = 0,
                            .in_terminal = false,
                            .environment = {},
                            .os_user =
                                [] {
                                  return OsUser{"ada", false};
                                },
                            .clock = clock,
                            .random = random,
                            .stop = stop};
  Context context{surroundings, options};
};

struct CliResult {
  int code = 0;
  std::string out;
  std::string err;
};

// What a run is given besides its arguments.
struct CliInput {
  std::string in = {};
  bool in_terminal = false;
  bool out_terminal = false;
  bool err_terminal = false;
  int columns = 0;
  bool out_full = false;
  bool out_reader_gone = false;
  bool stopped = false;  // by a signal that came at once
};

class CliHome {
 public:
  CliHome() {
    environment["HOME"] = dir_.path();
    environment["THIG_HOOKS_DB"] = database();
    environment["THIG_HOOKS_SYSTEM_CONFIG"] = dir_.path("etc-config.json");
  }

  CliResult run(std::vector<std::string> arguments, const CliInput& input = {});
  // As run, for a command that must succeed: what it wrote to standard output.
  std::string must(std::vector<std::string> arguments, const CliInput& input = {});
  // Adds a webhook whose secret is known.
  void add(const std::string& name, const std::string& pattern = "*",
           std::vector<std::string> more = {});

  std::string path(const std::string& name) const { return dir_.path(name); }
  std::string database() const { return dir_.path("hooks.db"); }
  // Writes a file of the home; answers its path.
  std::string file(const std::string& name, std::string_view text) const;
  FakeClock& clock() { return clock_; }

  std::map<std::string, std::string, std::less<>> environment;
  OsUser user{.name = "ada", .is_root = false};

 private:
  TempDir dir_;
  FakeClock clock_;
  SeededRandom random_{7};
};

inline const std::string test_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

// The text of a member of a JSON object, or what it is if it is no text.
inline std::string text_of(std::string_view json, std::string_view name) {
  const auto value = json_find(json, name);
  REQUIRE_MESSAGE(value, name);
  return json_text(*value).value_or(std::string(*value));
}

// A command's name, of one word or two.
inline std::vector<std::string> words_of(std::string_view name) {
  const auto blank = name.find(' ');
  if (blank == name.npos) return {std::string(name)};
  return {std::string(name.substr(0, blank)), std::string(name.substr(blank + 1))};
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    start = end == text.npos ? text.size() : end + 1;
  }
  return lines;
}

}  // namespace thig
