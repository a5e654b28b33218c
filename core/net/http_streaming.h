// Sends the body of a streamed answer on a connection, and watches the client meanwhile.
#pragma once

#include "core/net/http_channel.h"
#include "core/net/http_server.h"
#include "core/net/http_stream_queue.h"

#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

namespace thig {

// Thread: the server's. Two coroutines work at once: `run` sends, and another one reads, because
// that is how one learns that a client has gone. Whichever finds that it is over closes the socket,
// which ends the other.
class Streaming : public std::enable_shared_from_this<Streaming> {
 public:
  struct Form {
    bool chunked = true;     // else the body ends with the connection
    std::string keep_alive;  // HttpResponse::keep_alive
  };
  // What comes meanwhile is put into `input`: requests that are answered after this one.
  static std::shared_ptr<Streaming> open(Channel& channel, boost::beast::flat_buffer& input,
                                         const HttpServerOptions& options, Form form);
  Streaming(Channel& channel, boost::beast::flat_buffer& input, const HttpServerOptions& options,
            Form form);  // for open alone: it has no queue

  // The head has been sent: the body begins. `owner`, of channel and input, is kept meanwhile.
  void begin(HttpStreamFunction make, std::shared_ptr<void> owner);
  // Until all is sent, or (false) the stream was cut and the connection is closed. Nothing is being
  // read or written then.
  boost::asio::awaitable<bool> run();

  // Whether more may be written to it.
  bool is_open() const { return queue_->is_open(); }
  // Closes the connection; what waits is not sent.
  void cut();
  // The last call: tells whoever makes the body that it has ended.
  void close() noexcept;

 private:
  boost::asio::awaitable<void> read_ahead();
  void watch(std::shared_ptr<void> owner);
  boost::asio::awaitable<void> end_watch();
  boost::asio::awaitable<bool> pump();
  boost::asio::awaitable<bool> is_due();
  boost::asio::awaitable<bool> write(std::string_view bytes);
  std::string framed(std::string bytes) const;
  void limit_write();
  void on_wake();

  Channel& channel_;
  boost::beast::flat_buffer& input_;
  const HttpServerOptions& options_;
  Form form_;
  std::shared_ptr<StreamQueue> queue_;
  bool watching_ = false;  // the other coroutine has not ended
  bool done_ = false;      // and is to end
  boost::asio::steady_timer wake_;
  // The channel's own deadlines are of both directions, and reading has none here.
  boost::asio::steady_timer write_deadline_;
};

}  // namespace thig
