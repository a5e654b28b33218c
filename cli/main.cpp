#include "cli/app/app.h"
#include "cli/app/exit_code.h"
#include "cli/app/hidden_commands.h"
#include "cli/app/service_manager.h"
#include "core/base/accounts.h"

#include <csignal>
#include <cstring>
#include <exception>
#include <new>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace {

using namespace thig;

// A closed stream's number must not go to the next file that is opened: what is meant for the user
// would be written into the database. Reading from, or writing to, these fails as it should.
void occupy_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) == -1) open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

// At a prompt nobody waits for a database that is locked.
void end_soon_if_completing(std::span<const std::string> arguments) {
  if (arguments.empty() || arguments[0] != complete_command) return;
  std::signal(SIGALRM, [](int) { _exit(0); });
  alarm(2);
}

void write_error(const char* text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

// Of whatever thread. What it was doing is not recorded, and is done again by the next process.
[[noreturn]] void terminate_with_message() {
  write_error("thig-hooks: error: ");
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
    write_error("cannot continue");
  } catch (const std::bad_alloc&) {
    write_error("out of memory");
  } catch (const std::exception& error) {
    write_error(error.what());
  } catch (...) {
    write_error("cannot continue");
  }
  write_error("\n");
  _exit(static_cast<int>(ExitCode::failed));
}

OsUser os_user() {
  const uid_t uid = geteuid();
  if (uid == 0) return {.name = "root", .is_root = true};
  return {.name = user_name(uid).value_or("uid-" + std::to_string(uid)), .is_root = false};
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(terminate_with_message);
  occupy_standard_streams();
  prctl(PR_SET_DUMPABLE, 0);  // secrets are in memory: no core dumps
  SystemClock clock;
  SystemRandom random;
  Stop stop;
  stop_on_signals(stop);
  const Environment environment = Environment::of_process();
  const std::string journal = environment.get("JOURNAL_STREAM").value_or("");
  FdOutput out(STDOUT_FILENO, "standard output", journal);
  FdOutput err(STDERR_FILENO, "standard error", journal);
  ServiceManager service_manager(environment, clock);
  Surroundings surroundings{.out = out,
                            .err = err,
                            .in = STDIN_FILENO,
                            .in_terminal = isatty(STDIN_FILENO) == 1,
                            .environment = environment,
                            .os_user = os_user,
                            .clock = clock,
                            .random = random,
                            .stop = stop,
                            .supervisor = service_manager};
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  end_soon_if_completing(arguments);
  return static_cast<int>(run_app(surroundings, arguments));
}
