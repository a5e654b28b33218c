#include "core/incoming/command.h"

#include "core/base/codec.h"
#include "core/base/exec_words.h"
#include "core/base/file_descriptor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr std::size_t kept_output = 4096;
constexpr std::size_t longest_detail = 2000;
constexpr Millis look_around{50};

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

std::optional<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// The child gets its streams and nothing else that is open here, a process group of its own, and
// signals as they are by default. 0 or an errno.
int spawn(const CommandCall& call, const Pipe& input, const Pipe& output, pid_t& child) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, input.read.get(), 0);
  posix_spawn_file_actions_adddup2(&files, output.write.get(), 1);
  posix_spawn_file_actions_adddup2(&files, output.write.get(), 2);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawn_file_actions_addchdir_np(&files,
                                       call.directory.empty() ? "/" : call.directory.c_str());
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const auto arguments = exec_words(call.command);
  const auto environment = exec_words(call.environment);
  const int failed = posix_spawn(&child, call.command.front().c_str(), &files, &attributes,
                                 arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return failed;
}

// A child under way: feeds it, reads it, waits for it.
class Running {
 public:
  Running(pid_t child, Pipe input, Pipe output, std::string_view text)
      : child_(child),
        input_(std::move(input.write)),
        output_(std::move(output.read)),
        end_(static_cast<int>(syscall(SYS_pidfd_open, child, 0))),
        left_(text) {
    fcntl(input_.get(), F_SETFL, O_NONBLOCK);
    fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    if (left_.empty()) input_ = FileDescriptor();
  }
  // Whatever it has started goes with it.
  ~Running() {
    kill(-child_, SIGKILL);
    if (!ended_) waitpid(child_, nullptr, 0);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Moves what can be moved; true once the child has ended.
  bool step() {
    pollfd fds[] = {
        {output_.get(), POLLIN, 0}, {input_.get(), POLLOUT, 0}, {end_.get(), POLLIN, 0}};
    poll(fds, std::size(fds), static_cast<int>(look_around.count()));
    read_output();
    write_input();
    if (!ended_ && waitpid(child_, &status_, WNOHANG) == child_) ended_ = true;
    if (ended_) read_output();
    return ended_;
  }

  int status() const { return status_; }
  std::string take_output() { return std::move(text_); }

 private:
  void read_output() {
    char buffer[4096];
    while (output_) {
      const ssize_t count = read(output_.get(), buffer, sizeof buffer);
      if (count == 0) output_ = FileDescriptor();
      if (count <= 0) return;
      const auto room = kept_output - std::min(kept_output, text_.size());
      text_.append(buffer, std::min(room, static_cast<std::size_t>(count)));
    }
  }

  void write_input() {
    while (input_ && !left_.empty()) {
      const ssize_t count = write(input_.get(), left_.data(), left_.size());
      if (count < 0 && errno == EAGAIN) return;
      if (count < 0) left_ = {};  // it does not read; that is its affair
      if (count > 0) left_.remove_prefix(static_cast<std::size_t>(count));
    }
    if (left_.empty()) input_ = FileDescriptor();
  }

  pid_t child_;
  FileDescriptor input_;
  FileDescriptor output_;
  FileDescriptor end_;  // readable once it has ended; none where the kernel has none
  std::string_view left_;
  std::string text_;
  int status_ = 0;
  bool ended_ = false;
};

CommandEnd not_started(std::string_view what, int error) {
  const bool lack = error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM;
  return {.failure = fmt::format("cannot run {}: {}", what, std::strerror(error)),
          .output = {},
          .interrupted = lack};
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return fmt::format("exit status {}", WEXITSTATUS(status));
  return {};
}

// One line for a list.
std::string flattened(std::string_view text) {
  std::string line = to_valid_utf8(text, longest_detail);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

std::string describe(const CommandEnd& end) {
  std::string text = end.failure.empty() ? "exit status 0" : end.failure;
  if (!end.output.empty()) text += ": " + flattened(end.output);
  return text;
}

CommandEnd run_command(const CommandCall& call, const std::atomic<bool>& stop) {
  auto input = make_pipe();
  auto output = make_pipe();
  if (!input || !output) return not_started("it", errno);
  pid_t child = 0;
  if (const int failed = spawn(call, *input, *output, child); failed != 0) {
    return not_started(call.command.front(), failed);
  }
  input->read = FileDescriptor();
  output->write = FileDescriptor();
  Running running(child, std::move(*input), std::move(*output), call.input);
  const auto until = std::chrono::steady_clock::now() + call.timeout;
  while (!running.step()) {
    if (stop) return {.failure = "interrupted", .output = {}, .interrupted = true};
    if (std::chrono::steady_clock::now() >= until) {
      return {.failure = fmt::format("killed after {}", format_duration(call.timeout)),
              .output = running.take_output()};
    }
  }
  return {.failure = describe_end(running.status()), .output = running.take_output()};
}

}  // namespace thig
