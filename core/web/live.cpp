#include "core/web/live.h"

#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr Millis longest_open = std::chrono::minutes(10);

}  // namespace

std::string LivePages::event_id() const {
  return fmt::format("{}.{}", to_millis(epoch_), version_);
}

// The client keeps the id, and says it when it comes again.
std::string LivePages::message(std::string_view event) const {
  return fmt::format("event: {}\nid: {}\ndata:\n\n", event, event_id());
}

void LivePages::add(std::shared_ptr<HttpStream> stream, std::string_view seen, Millis now) {
  const std::scoped_lock lock(mutex_);
  const bool missed = !seen.empty() && seen != event_id();
  stream->write("retry: 3000\n" + message(missed ? "changed" : "open"));
  listeners_.push_back({.stream = std::move(stream), .since = now});
}

bool LivePages::anybody() const {
  const std::scoped_lock lock(mutex_);
  return !listeners_.empty();
}

void LivePages::look(std::int64_t version, Millis now) {
  const std::scoped_lock lock(mutex_);
  const bool news = std::exchange(version_, version) != version;
  std::erase_if(listeners_, [&](const Listener& listener) {
    if (now - listener.since > longest_open) {
      listener.stream->end();
      return true;
    }
    // Also to learn who has gone: a comment says nothing.
    return !listener.stream->write(news ? message("changed") : std::string());
  });
}

}  // namespace thig
