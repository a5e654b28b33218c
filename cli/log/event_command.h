// Runs the program of the setting `run.onEvent` when a webhook fails, is paused, disabled or works
// again, or when one of its deliveries died: for whoever wants a mail or a page.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace thig {

struct WebhookNews {
  std::string kind;     // "failing", "paused", "disabled", "recovered", "died"
  std::string webhook;  // by name
  std::string text;     // for people
  Time at{};
};

// Which news are told when: of each webhook once a minute at most. What comes meanwhile waits, and
// only the newest of it is told. Times are of a steady clock.
class NewsQueue {
 public:
  explicit NewsQueue(Millis between = std::chrono::minutes(1)) : between_(between) {}

  void put(WebhookNews news, Millis now);
  // News that may be told now, which then counts as told; nothing if there are none.
  std::optional<WebhookNews> take(Millis now);
  // When there will be some; nothing if none wait.
  std::optional<Millis> next() const;

 private:
  struct Waiting {
    std::optional<WebhookNews> news;
    Millis not_before{0};
  };
  void forget(Millis now);

  const Millis between_;
  std::map<std::string, Waiting> by_webhook_;
};

class EventCommand {
 public:
  // `invalid` if the program is not an absolute path or cannot be run; `internal` if there can be
  // no thread.
  static Result<std::unique_ptr<EventCommand>> start(std::string program);
  static Status check(const std::string& program);
  // Kills a program that runs; what waits is dropped, as the log has it.
  ~EventCommand();
  EventCommand(const EventCommand&) = delete;
  EventCommand& operator=(const EventCommand&) = delete;

  // Never blocks. Thread-safe.
  void tell(WebhookNews news);
  // Why the program failed since the last call, a line each. Thread-safe.
  std::vector<std::string> take_failures();

 private:
  explicit EventCommand(std::string program) : program_(std::move(program)) {}
  void work();
  void run(const WebhookNews& news);

  const std::string program_;
  std::mutex mutex_;
  std::condition_variable changed_;
  NewsQueue queue_;
  std::vector<std::string> failures_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace thig
