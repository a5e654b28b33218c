// The bytes of one connection of the HTTP server, plain or TLS, and how its coroutines wait for
// them. Boost is used in core/net/http_* alone.
#pragma once

// Each io_context is run by one thread: it needs no fences, and ThreadSanitizer knows none.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include <cstddef>
#include <memory>
#include <string_view>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

namespace thig {

// How coroutines here wait: an error is a value, never an exception.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

// Of TCP or of a Unix socket: once they are connected, there is no difference.
using HttpSocket = boost::asio::generic::stream_protocol::socket;
using HttpSocketStream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

inline constexpr std::size_t kReadAtOnce = 4096;

// Erasing the difference between plain and TLS here keeps what uses it from being compiled twice. A
// deadline that passes closes the socket, so the operation fails. One read and one write may be
// under way at once.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual HttpSocketStream& socket() = 0;
  virtual boost::asio::awaitable<bool> handshake() = 0;
  virtual boost::asio::awaitable<void> say_goodbye() = 0;
  // How many bytes have come; 0 if it is over.
  virtual boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer into) = 0;
  // False if it is over.
  virtual boost::asio::awaitable<bool> write(std::string_view text) = 0;
};

// `tls` is null for plain HTTP.
std::unique_ptr<Channel> make_channel(HttpSocket socket, boost::asio::ssl::context* tls);

// Reads what has come behind what the buffer holds. False if nothing more comes, or the buffer
// holds no more.
boost::asio::awaitable<bool> receive(Channel& channel, boost::beast::flat_buffer& buffer);

}  // namespace thig
