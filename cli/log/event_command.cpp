#include "cli/log/event_command.h"

#include "core/api/log_lines.h"
#include "core/base/codec.h"
#include "core/base/thread.h"
#include "core/incoming/command.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr Millis longest_run{30'000};
constexpr std::size_t most_failures = 100;

Millis steady_now() {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

void NewsQueue::put(WebhookNews news, Millis now) {
  forget(now);
  Waiting& waiting = by_webhook_[news.webhook];
  waiting.news = std::move(news);
  waiting.not_before = std::max(waiting.not_before, now);
}

std::optional<WebhookNews> NewsQueue::take(Millis now) {
  for (auto& [webhook, waiting] : by_webhook_) {
    if (!waiting.news || waiting.not_before > now) continue;
    waiting.not_before = now + between_;
    return std::exchange(waiting.news, std::nullopt);
  }
  return std::nullopt;
}

std::optional<Millis> NewsQueue::next() const {
  std::optional<Millis> next;
  for (const auto& [webhook, waiting] : by_webhook_) {
    if (waiting.news) next = std::min(next.value_or(waiting.not_before), waiting.not_before);
  }
  return next;
}

// Webhooks of which nothing was told lately, and nothing waits.
void NewsQueue::forget(Millis now) {
  std::erase_if(by_webhook_, [&](const auto& each) {
    return !each.second.news && each.second.not_before <= now;
  });
}

Status EventCommand::check(const std::string& program) {
  if (!program.starts_with('/')) {
    return fail(ErrorCode::invalid, fmt::format("\"{}\" is not an absolute path", program),
                "name a program: /usr/local/bin/notify");
  }
  if (access(program.c_str(), X_OK) != 0) {
    return fail(ErrorCode::invalid, fmt::format("{} cannot be run", program),
                "it must exist and be executable: chmod +x");
  }
  return {};
}

Result<std::unique_ptr<EventCommand>> EventCommand::start(std::string program) {
  THIG_TRY(check(program));
  std::unique_ptr<EventCommand> command(new EventCommand(std::move(program)));
  THIG_TRY_ASSIGN(thread, start_thread([raw = command.get()] { raw->work(); }));
  command->thread_ = std::move(thread);
  return command;
}

EventCommand::~EventCommand() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void EventCommand::tell(WebhookNews news) {
  {
    const std::lock_guard lock(mutex_);
    queue_.put(std::move(news), steady_now());
  }
  changed_.notify_all();
}

std::vector<std::string> EventCommand::take_failures() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failures_, {});
}

void EventCommand::work() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (const auto news = queue_.take(steady_now())) {
      lock.unlock();
      run(*news);
      lock.lock();
    } else if (const auto next = queue_.next()) {
      changed_.wait_for(lock, *next - steady_now());
    } else {
      changed_.wait(lock);
    }
  }
}

void EventCommand::run(const WebhookNews& news) {
  const std::string document =
      trouble_line(news.kind, news.webhook, news.text, std::nullopt, news.at) + "\n";
  const CommandEnd end = run_command(
      {.command = {program_},
       .directory = {},
       .environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                       "THIG_HOOKS_EVENT=" + news.kind, "THIG_HOOKS_WEBHOOK=" + news.webhook,
                       "THIG_HOOKS_TEXT=" + news.text},
       .input = document,
       .timeout = longest_run},
      ending_);
  if (end.failure.empty() || ending_) return;
  const std::lock_guard lock(mutex_);
  if (failures_.size() < most_failures) {
    failures_.push_back(
        fmt::format("run.onEvent: {} failed: {}", program_, printable(describe(end))));
  }
}

}  // namespace thig
