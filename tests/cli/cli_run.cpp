#include "tests/cli/cli_run.h"

#include <csignal>
#include <cstdio>
#include <fstream>

#include <doctest/doctest.h>

namespace thig {
namespace {

// A file that holds the input, open for reading.
class InputFile {
 public:
  explicit InputFile(const std::string& text) : file_(std::tmpfile()) {
    std::fwrite(text.data(), 1, text.size(), file_);
    std::rewind(file_);
  }
  ~InputFile() { std::fclose(file_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  int fd() const { return fileno(file_); }

 private:
  std::FILE* file_;
};

}  // namespace

CliResult CliHome::run(std::vector<std::string> arguments, const CliInput& input) {
  TextOutput out(input.out_terminal, input.columns);
  TextOutput err(input.err_terminal, input.columns);
  if (input.out_full) out.break_off(ErrorCode::file);
  if (input.out_reader_gone) out.lose_reader();
  const InputFile in(input.in);
  Stop stop;
  if (input.stopped) stop.request(SIGINT);
  Surroundings surroundings{.out = out,
                            .err = err,
                            .in = in.fd(),
                            .in_terminal = input.in_terminal,
                            .environment = Environment(environment),
                            .os_user = [this] { return user; },
                            .clock = clock_,
                            .random = random_,
                            .stop = stop};
  const ExitCode code = run_app(surroundings, arguments);
  return {.code = static_cast<int>(code), .out = out.text(), .err = err.text()};
}

std::string CliHome::must(std::vector<std::string> arguments, const CliInput& input) {
  const CliResult result = run(std::move(arguments), input);
  REQUIRE_MESSAGE(result.code == 0, result.err);
  return result.out;
}

void CliHome::add(const std::string& name, const std::string& pattern,
                  std::vector<std::string> more) {
  std::vector<std::string> arguments = {"add",     "outgoing", name, "https://" + name + ".test/in",
                                        "--event", pattern,    "-q"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  environment["THIG_HOOKS_SECRET"] = test_secret;
  must(std::move(arguments));
  environment.erase("THIG_HOOKS_SECRET");
}

std::string CliHome::file(const std::string& name, std::string_view text) const {
  const std::string where = path(name);
  std::ofstream(where, std::ios::binary) << text;
  return where;
}

}  // namespace thig
