#include "core/net/http_channel.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace thig {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using SslStream = asio::ssl::stream<HttpSocketStream>;

template <class Stream>
class StreamChannel final : public Channel {
 public:
  template <class... Args>
  explicit StreamChannel(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  HttpSocketStream& socket() override {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  asio::awaitable<bool> handshake() override {
    if constexpr (kTls) {
      const auto [error] = co_await stream_.async_handshake(SslStream::server, kAwait);
      co_return !error;
    }
    co_return true;
  }
  asio::awaitable<void> say_goodbye() override {
    if constexpr (kTls) co_await stream_.async_shutdown(kAwait);
    co_return;
  }
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) override {
    const auto [error, count] = co_await stream_.async_read_some(into, kAwait);
    co_return error ? 0 : count;
  }
  asio::awaitable<bool> write(std::string_view text) override {
    while (!text.empty()) {
      const auto buffer = asio::buffer(text.data(), text.size());
      const auto [error, count] = co_await stream_.async_write_some(buffer, kAwait);
      if (error) co_return false;
      text.remove_prefix(count);
    }
    co_return true;
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, SslStream>;
  Stream stream_;
};

}  // namespace

std::unique_ptr<Channel> make_channel(HttpSocket socket, asio::ssl::context* tls) {
  HttpSocketStream stream(std::move(socket));
  if (tls == nullptr) return std::make_unique<StreamChannel<HttpSocketStream>>(std::move(stream));
  return std::make_unique<StreamChannel<SslStream>>(std::move(stream), *tls);
}

asio::awaitable<bool> receive(Channel& channel, beast::flat_buffer& buffer) {
  const auto room = std::min(kReadAtOnce, buffer.max_size() - buffer.size());
  if (room == 0) co_return false;
  const auto count = co_await channel.read_some(buffer.prepare(room));
  buffer.commit(count);
  co_return count > 0;
}

}  // namespace thig
