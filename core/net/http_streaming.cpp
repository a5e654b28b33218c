#include "core/net/http_streaming.h"

#include "core/net/steady.h"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace thig {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

// What is written at once, each within the write deadline: the least rate that a client must bear.
constexpr std::size_t kWrittenAtOnce = 64u << 10;
constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace

Streaming::Streaming(Channel& channel, beast::flat_buffer& input, const HttpServerOptions& options,
                     Form form)
    : channel_(channel),
      input_(input),
      options_(options),
      form_(std::move(form)),
      wake_(channel.socket().get_executor()),
      write_deadline_(channel.socket().get_executor()) {}

std::shared_ptr<Streaming> Streaming::open(Channel& channel, beast::flat_buffer& input,
                                           const HttpServerOptions& options, Form form) {
  auto self = std::make_shared<Streaming>(channel, input, options, std::move(form));
  // Whoever writes may do so on another thread: the news comes through the io_context, which the
  // queue leaves alone once it is closed.
  auto wake = [weak = std::weak_ptr(self), executor = channel.socket().get_executor()] {
    asio::post(executor, [weak] {
      if (const auto streaming = weak.lock()) streaming->on_wake();
    });
  };
  self->queue_ = std::make_shared<StreamQueue>(options.max_stream_waiting, std::move(wake));
  return self;
}

void Streaming::begin(HttpStreamFunction make, std::shared_ptr<void> owner) {
  channel_.socket().expires_never();
  watch(std::move(owner));
  try {
    make(queue_);
  } catch (const std::exception&) {
    cut();
  }
}

asio::awaitable<bool> Streaming::run() {
  const bool sent = co_await pump();
  if (!sent) cut();
  co_await end_watch();
  co_return sent;
}

asio::awaitable<bool> Streaming::pump() {
  for (;;) {
    auto bytes = queue_->take(kWrittenAtOnce);
    if (!bytes) break;
    const bool made = !bytes->empty();
    if (!made) {
      if (!co_await is_due()) continue;
      bytes = form_.keep_alive;
    }
    const auto text = framed(std::move(*bytes));
    if (!co_await write(text)) co_return false;
    if (made) queue_->sent();
  }
  if (queue_->is_cut()) co_return false;
  if (!form_.chunked) co_return true;
  co_return co_await write(kLastChunk);
}

std::string Streaming::framed(std::string bytes) const {
  return form_.chunked ? fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes) : std::move(bytes);
}

// Waits for something to do; true if so long nothing came that the keep-alive text is due.
asio::awaitable<bool> Streaming::is_due() {
  if (form_.keep_alive.empty()) {
    wake_.expires_at(Steady::time_point::max());
  } else {
    wake_.expires_after(options_.stream_keep_alive);
  }
  const auto [error] = co_await wake_.async_wait(kAwait);
  co_return !error;
}

asio::awaitable<bool> Streaming::write(std::string_view bytes) {
  limit_write();
  const bool written = co_await channel_.write(bytes);
  write_deadline_.expires_at(Steady::time_point::max());
  co_return written;
}

void Streaming::limit_write() {
  write_deadline_.expires_after(options_.write_deadline);
  write_deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    // It may have been called already when the write came to its end after all.
    if (!error && self && self->write_deadline_.expiry() <= Steady::now()) self->cut();
  });
}

void Streaming::watch(std::shared_ptr<void> owner) {
  watching_ = true;
  asio::co_spawn(channel_.socket().get_executor(), read_ahead(),
                 [self = shared_from_this(), kept = std::move(owner)](const std::exception_ptr&) {
                   self->watching_ = false;
                   // The client has gone, or sends more than the next request can be.
                   if (!self->done_) self->cut();
                   self->wake_.cancel();
                 });
}

asio::awaitable<void> Streaming::read_ahead() {
  bool open = true;
  while (open && !done_) open = co_await receive(channel_, input_);
}

// What has been read by then stays in the input; the read that is under way takes nothing.
asio::awaitable<void> Streaming::end_watch() {
  done_ = true;
  channel_.socket().cancel();
  while (watching_) {
    wake_.expires_at(Steady::time_point::max());
    co_await wake_.async_wait(kAwait);
  }
}

void Streaming::on_wake() {
  if (queue_->is_cut()) channel_.socket().close();
  wake_.cancel();
}

void Streaming::cut() {
  queue_->cut();
  on_wake();
}

void Streaming::close() noexcept {
  // It did not come to its end: the reading coroutine would wait forever.
  if (watching_) cut();
  queue_->close();
}

}  // namespace thig
