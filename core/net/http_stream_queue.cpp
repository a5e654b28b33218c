#include "core/net/http_stream_queue.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace thig {
namespace {

// Small writes share a piece up to this size: many of them must not cost more than their bytes.
constexpr std::size_t kSharedPiece = 4096;

}  // namespace

bool StreamQueue::write(std::string bytes) {
  const std::scoped_lock lock(mutex_);
  if (state_ != State::open) return false;
  if (waiting_ > 0 && bytes.size() > most_waiting_ - std::min(waiting_, most_waiting_)) {
    cut_locked();
    if (wake_) wake_();
    return false;
  }
  if (bytes.empty()) return true;
  push(std::move(bytes));
  wake_if_wanted();
  return true;
}

void StreamQueue::push(std::string bytes) {
  waiting_ += bytes.size();
  if (!queue_.empty() && queue_.back().size() + bytes.size() <= kSharedPiece) {
    queue_.back() += bytes;
  } else {
    queue_.push_back(std::move(bytes));
  }
}

void StreamQueue::end() {
  const std::scoped_lock lock(mutex_);
  if (state_ != State::open) return;
  state_ = State::ended;
  wake_if_wanted();
}

void StreamQueue::wake_if_wanted() {
  if (!wanted_ || !wake_) return;
  wake_();
  wanted_ = false;
}

std::optional<std::string> StreamQueue::take(std::size_t most) {
  const std::scoped_lock lock(mutex_);
  std::string bytes;
  while (!queue_.empty() && bytes.size() < most) {
    const std::string& first = queue_.front();
    const auto count = std::min(most - bytes.size(), first.size() - begun_);
    bytes.append(first, begun_, count);
    begun_ += count;
    if (begun_ < first.size()) break;
    queue_.pop_front();
    begun_ = 0;
  }
  waiting_ -= bytes.size();
  if (bytes.empty() && state_ != State::open) return std::nullopt;
  wanted_ = bytes.empty();
  return bytes;
}

void StreamQueue::sent() {
  {
    const std::scoped_lock lock(mutex_);
    if (state_ != State::open || waiting_ > 0) return;
  }
  if (on_room_) on_room_();
}

void StreamQueue::cut() {
  const std::scoped_lock lock(mutex_);
  cut_locked();
}

void StreamQueue::cut_locked() {
  state_ = State::cut;
  queue_.clear();
  begun_ = waiting_ = 0;
}

bool StreamQueue::is_open() const {
  const std::scoped_lock lock(mutex_);
  return state_ == State::open;
}

bool StreamQueue::is_cut() const {
  const std::scoped_lock lock(mutex_);
  return state_ == State::cut;
}

void StreamQueue::close() noexcept {
  {
    const std::scoped_lock lock(mutex_);
    cut_locked();
    wake_ = nullptr;
  }
  // What they hold may be this stream: destroyed with the locals, which nobody sees any more.
  const auto on_room = std::exchange(on_room_, nullptr);
  const auto on_end = std::exchange(on_end_, nullptr);
  try {
    if (on_end) on_end();
  } catch (const std::exception&) {
    // The stream has ended all the same.
  }
}

}  // namespace thig
