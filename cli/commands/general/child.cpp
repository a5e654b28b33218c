#include "cli/commands/general/child.h"

#include "core/base/exec_words.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr const char* this_program = "/proc/self/exe";

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment, Output output) {
  FileDescriptor reading;
  FileDescriptor writing;
  if (output == Output::read) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorCode::internal, std::strerror(errno));
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
  std::vector<std::string> words{"thig-hooks"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto argv = exec_words(words);
  const auto envp = exec_words(environment);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  if (writing) {
    posix_spawn_file_actions_adddup2(&files, writing.get(), 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  }
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, this_program, &files, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    return fail(ErrorCode::internal,
                fmt::format("cannot start another process: {}", std::strerror(failed)));
  }
  return Child(pid, std::move(reading));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      output_(std::move(other.output_)),
      held_(std::move(other.held_)) {}

Child::~Child() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGTERM);
  wait();
}

std::optional<std::string> Child::next_line() {
  for (;;) {
    if (const auto end = held_.find('\n'); end != held_.npos) {
      std::string line = held_.substr(0, end);
      held_.erase(0, end + 1);
      return line;
    }
    char buffer[4096];
    const ssize_t count = ::read(output_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    held_.append(buffer, static_cast<std::size_t>(count));
  }
}

int Child::wait() {
  int status = 0;
  while (pid_ != 0 && waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace thig
