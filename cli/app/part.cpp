#include "cli/app/part.h"

#include "cli/app/app.h"
#include "core/base/thread.h"

#include <utility>

namespace thig {
namespace {

// As they were given to the whole.
std::vector<std::string> global_flags(const GlobalOptions& options) {
  std::vector<std::string> flags;
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) flags.insert(flags.end(), {name, *value});
  };
  add("--config", options.config);
  add("--db", options.db);
  add("--key-file", options.key_file);
  add("--color", options.color);
  if (options.json) flags.emplace_back("--json");
  if (options.quiet) flags.emplace_back("--quiet");
  if (options.verbose) flags.emplace_back("--verbose");
  return flags;
}

}  // namespace

Part::Part(Context& whole, std::vector<std::string> words, std::string label,
           const std::shared_ptr<std::mutex>& streams, Waker& waker, Supervisor& supervisor)
    : out_(whole.out(), streams),
      err_(whole.err(), streams),
      surroundings_{.out = out_,
                    .err = err_,
                    .in = whole.in(),
                    .in_terminal = whole.in_terminal(),
                    .environment = whole.environment(),
                    .os_user = [user = whole.os_user()] { return user; },
                    .clock = whole.clock(),
                    .random = whole.random(),
                    .stop = stop_,
                    .supervisor = supervisor,
                    .label = std::move(label)},
      arguments_(std::move(words)),
      waker_(waker) {
  const std::vector<std::string> flags = global_flags(whole.options());
  arguments_.insert(arguments_.end(), flags.begin(), flags.end());
}

Status Part::start() {
  THIG_TRY_ASSIGN(thread, start_thread([this] {
                    code_ = run_app(surroundings_, arguments_);
                    ended_ = true;
                    waker_.wake();
                  }));
  thread_ = std::move(thread);
  return {};
}

ExitCode Part::join() {
  if (thread_.joinable()) thread_.join();
  return code_;
}

}  // namespace thig
