#include "cli/app/hangup.h"

#include <atomic>
#include <csignal>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace thig {
namespace {

std::atomic<unsigned> hangups{0};

extern "C" void on_hangup(int) {
  ++hangups;
}

// Those that live now share one handler.
std::mutex living;
int count_of_living = 0;
bool ignored_before = false;

using Handler = void (*)(int);

// With SA_RESTART nothing that is under way notices: whoever works asks now and then.
Handler handle_hangup(Handler handler) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGHUP, &action, &before);
  return before.sa_handler;
}

}  // namespace

Hangup::Hangup(Context& context) : context_(context), seen_(hangups) {
  // Started by nohup: it is to live on without its terminal.
  const std::scoped_lock lock(living);
  if (count_of_living++ == 0) ignored_before = handle_hangup(on_hangup) == SIG_IGN;
  ends_with_terminal_ = !ignored_before;
}

Hangup::~Hangup() {
  const std::scoped_lock lock(living);
  if (--count_of_living == 0) handle_hangup(SIG_IGN);  // what is left is to end well
}

void Reloaded::reload_key(Store& store) {
  if (const auto read = store.config().reload_key(); read) {
    taken.emplace_back("keys");
  } else {
    failed.push_back(
        fmt::format("could not reload the key file, keeping the old keys: {}", read.error().text));
  }
}

void Reloaded::compare_places(const Context& context, const GlobalOptions& fresh) {
  const auto before = context.paths();
  const auto now = find_paths(fresh.db, fresh.key_file, context.environment());
  if (!now)
    failed.push_back(fmt::format("could not find the new file paths, keeping the old ones: {}",
                                 now.error().text));
  if (!before || !now) return;
  if (before->database != now->database) needs_restart.emplace_back("--db");
  if (before->key_file != now->key_file) needs_restart.emplace_back("--key-file");
}

void Reloaded::tell(const std::function<void(const std::string&)>& note,
                    const std::function<void(const std::string&)>& warn) const {
  for (const std::string& one : failed) warn(one);
  if (!needs_restart.empty()) {
    warn(fmt::format("changed, but needs a restart: {}", fmt::join(needs_restart, ", ")));
  }
  if (!taken.empty()) note(fmt::format("reloaded {}", fmt::join(taken, ", ")));
}

bool Hangup::reload_wanted() {
  const unsigned now = hangups;
  if (std::exchange(seen_, now) == now) return false;
  if (!ends_with_terminal_ || !terminal_gone()) return true;
  context_.stop().request(SIGHUP);
  return false;
}

// A stream that was a terminal and is none any more.
bool Hangup::terminal_gone() const {
  return (context_.in_terminal() && isatty(context_.in()) == 0) ||
         (context_.out().terminal() && isatty(STDOUT_FILENO) == 0) ||
         (context_.err().terminal() && isatty(STDERR_FILENO) == 0);
}

}  // namespace thig
