// What waits to be sent on a stream: between whoever makes it, on any thread, and the one who
// sends.
#pragma once

#include "core/net/http_stream.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace thig {

class StreamQueue final : public HttpStream {
 public:
  // `wake` tells the one who sends to take again: after it has found nothing, and when the stream
  // is cut. Called on the thread that writes, under the queue's lock (so it must not call the
  // queue), and not any more once close has returned.
  StreamQueue(std::size_t most_waiting, std::function<void()> wake)
      : most_waiting_(most_waiting), wake_(std::move(wake)) {}

  bool write(std::string bytes) override;
  void end() override;
  void on_room(std::function<void()> call) override { on_room_ = std::move(call); }
  void on_end(std::function<void()> call) override { on_end_ = std::move(call); }

  // The rest is the sender's, on the server's thread.

  // The next bytes, at most so many. Empty: there are none yet. Nothing: there will be none, as the
  // stream has ended or was cut.
  std::optional<std::string> take(std::size_t most);
  // What was taken last has been sent. Passes on what on_room throws.
  void sent();
  // What waits is not sent any more, and nothing more is taken.
  void cut();
  bool is_open() const;
  bool is_cut() const;
  // The last call: cuts it, and tells that it has ended.
  void close() noexcept;

 private:
  enum class State { open, ended, cut };
  void push(std::string bytes);
  void wake_if_wanted();
  void cut_locked();

  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  State state_ = State::open;
  std::deque<std::string> queue_;
  std::size_t begun_ = 0;  // bytes of the first that have been taken
  std::size_t waiting_ = 0;
  bool wanted_ = false;  // take has found nothing
  std::function<void()> wake_;
  // Used on the server's thread alone.
  std::function<void()> on_room_;
  std::function<void()> on_end_;
};

}  // namespace thig
