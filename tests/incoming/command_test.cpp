// Commands as they are run: real programs of the system's.
#include "core/incoming/command.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"
#include "tests/incoming/no_sigpipe.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace thig;

namespace {

const std::string path = "PATH=/usr/bin:/bin";
const std::atomic<bool> never{false};

CommandCall call_of(std::vector<std::string> command, std::string_view input = "") {
  return {.command = std::move(command), .directory = {}, .environment = {path}, .input = input};
}
CommandCall script(std::string text, std::string_view input = "") {
  return call_of({"/bin/sh", "-c", std::move(text)}, input);
}
CommandEnd run(const CommandCall& call) {
  return run_command(call, never);
}

// A process that has ended, and may only wait for somebody to ask how.
bool has_ended(pid_t process) {
  if (kill(process, 0) != 0) return true;
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string stat;
  std::getline(in, stat);
  const auto name_end = stat.rfind(')');
  return name_end == stat.npos || stat.substr(name_end).starts_with(") Z");
}
bool ends_soon(pid_t process) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!has_ended(process)) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("the input arrives whole, whatever its size") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20}) {
    CAPTURE(size);
    std::string input;
    for (std::size_t i = 0; i < size; ++i) input += static_cast<char>(i * i >> 3);
    const CommandEnd end = run(call_of({"/usr/bin/sha256sum"}, input));
    CHECK(end.failure.empty());
    CHECK(end.output == to_hex(hash(Digest::sha256, input)) + "  -\n");
    CHECK_FALSE(end.interrupted);
  }
}

TEST_CASE("input and output may be under way at the same time") {
  const std::string input(1u << 20, 'x');
  const CommandEnd end = run(call_of({"/bin/cat"}, input));
  CHECK(end.failure.empty());
  CHECK(end.output == std::string(4096, 'x'));
}

TEST_CASE("the first 4096 bytes of both streams are kept, the rest is read all the same") {
  const CommandEnd both =
      run(script("head -c 3000 /dev/zero | tr '\\0' o;"
                 "head -c 3000 /dev/zero | tr '\\0' e >&2"));
  CHECK(both.failure.empty());
  CHECK(both.output == std::string(3000, 'o') + std::string(1096, 'e'));
  const CommandEnd large = run(script("head -c 5000000 /dev/zero; exit 3"));
  CHECK(large.failure == "exit status 3");
  CHECK(large.output.size() == 4096);
}

TEST_CASE("how it ended is described") {
  const struct {
    std::string text;
    std::string failure;
    std::string output;
  } cases[] = {
      {"exit 0", "", ""},
      {"echo why; exit 1", "exit status 1", "why\n"},
      {"echo why >&2; exit 255", "exit status 255", "why\n"},
      {"kill -KILL $$", "ended by signal 9", ""},
      {"kill -TERM $$", "ended by signal 15", ""},
      {"exec >&- 2>&-; exit 4", "exit status 4", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const CommandEnd end = run(script(c.text));
    CHECK(end.failure == c.failure);
    CHECK(end.output == c.output);
    CHECK_FALSE(end.interrupted);
  }
}

TEST_CASE("a program that reads none of its input, or a part, ends as it ends") {
  const NoSigpipe ignored;
  const std::string input(1u << 20, 'x');
  for (const std::string text : {"exec <&-; echo done", "head -c 10 >/dev/null; echo done",
                                 "exec <&-; head -c 100000 /dev/zero >/dev/null; echo done"}) {
    CAPTURE(text);
    const CommandEnd end = run(script(text, input));
    CHECK(end.failure.empty());
    CHECK(end.output == "done\n");
  }
}

TEST_CASE("signals are as by default, whatever they are here") {
  const NoSigpipe ignored;
  CHECK(run(script("kill -PIPE $$; echo alive")).failure == "ended by signal 13");
}

TEST_CASE("a program that is not there, or cannot be run, is named") {
  const TempDir dir;
  std::ofstream(dir.path("data")) << "#!/bin/sh\n";
  const CommandEnd missing = run(call_of({"/no/such/program", "x"}));
  CHECK(missing.failure == "cannot run /no/such/program: No such file or directory");
  CHECK(missing.output.empty());
  CHECK_FALSE(missing.interrupted);
  const CommandEnd no_program = run(call_of({dir.path("data")}));
  CHECK(no_program.failure == "cannot run " + dir.path("data") + ": Permission denied");
  // It is a path: nothing is looked for.
  CHECK(run(call_of({"true"})).failure == "cannot run true: No such file or directory");
  CommandCall nowhere = call_of({"/bin/pwd"});
  nowhere.directory = dir.path("none");
  CHECK(run(nowhere).failure == "cannot run /bin/pwd: No such file or directory");
}

TEST_CASE("it runs in its directory, by default at the root, with its arguments as they are") {
  const TempDir dir;
  CommandCall call = call_of({"/bin/pwd", "-P"});
  CHECK(run(call).output == "/\n");
  call.directory = dir.path();
  CHECK(run(call).output == std::filesystem::canonical(dir.path()).string() + "\n");
  CHECK(run(call_of({"/usr/bin/printf", "%s|", "a b", "", "$HOME;*"})).output == "a b||$HOME;*|");
}

TEST_CASE("its environment is what it was given, and its files are three") {
  CommandCall call = call_of({"/usr/bin/env"});
  call.environment = {"HOOK_A=1", "HOOK_B=two\nlines"};
  CHECK(run(call).output == "HOOK_A=1\nHOOK_B=two\nlines\n");
  call.environment.clear();
  CHECK(run(call).output.empty());

  const TempDir dir;
  const std::ofstream open_here(dir.path("open"));
  // 3 is the folder that ls reads.
  CHECK(run(call_of({"/bin/ls", "/proc/self/fd"})).output == "0\n1\n2\n3\n");
}

TEST_CASE("at its timeout the whole process group is killed, and what it wrote is kept") {
  CommandCall call = script("sleep 1000 & echo $!; trap '' TERM INT; sleep 1000");
  call.timeout = Millis{2000};
  const auto begin = std::chrono::steady_clock::now();
  const CommandEnd end = run(call);
  CHECK(std::chrono::steady_clock::now() - begin >= call.timeout);
  CHECK(end.failure == "killed after 2s");
  CHECK_FALSE(end.interrupted);
  const pid_t grandchild = std::atoi(end.output.c_str());
  REQUIRE(grandchild > 1);
  CHECK(ends_soon(grandchild));
}

TEST_CASE("nothing that it started is left behind or waited for") {
  const CommandEnd end = run(script("sleep 1000 & echo $!"));
  CHECK(end.failure.empty());
  const pid_t grandchild = std::atoi(end.output.c_str());
  REQUIRE(grandchild > 1);
  CHECK(ends_soon(grandchild));
}

TEST_CASE("stop interrupts it, with all that it has started") {
  const TempDir dir;
  const std::string ready = dir.path("ready");
  REQUIRE(mkfifo(ready.c_str(), 0600) == 0);
  std::atomic<bool> stop{false};
  pid_t grandchild = 0;
  std::thread stopper([&] {
    std::ifstream(ready) >> grandchild;  // waits for it
    stop = true;
  });
  CommandCall call = script("sleep 1000 & echo $! > " + ready + "; wait");
  call.timeout = std::chrono::minutes(5);
  const CommandEnd end = run_command(call, stop);
  stopper.join();
  CHECK(end.interrupted);
  CHECK(end.failure == "interrupted");
  REQUIRE(grandchild > 1);
  CHECK(ends_soon(grandchild));
}

TEST_CASE("commands can run at the same time") {
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(8);
  const std::string input(200'000, 'x');
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back(
        [&, i] { outputs[i] = run(script("wc -c; echo " + std::to_string(i), input)).output; });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    CHECK(outputs[i] == "200000\n" + std::to_string(i) + "\n");
  }
}
