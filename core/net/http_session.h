// One connection of the HTTP server: requests one after the other, each under its deadlines. With
// http_server.cpp the only user of Boost.
#pragma once

// Each io_context is run by one thread: it needs no fences, and ThreadSanitizer knows none.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include "core/net/http_server.h"
#include "core/net/http_syntax.h"

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace thig {

// What a session needs of its server.
class SessionHost {
 public:
  virtual ~SessionHost() = default;
  virtual const HttpServerOptions& options() const = 0;
  virtual bool stopping() const = 0;
  virtual void handle(HttpRequest& request, Respond respond) = 0;
  virtual Admission admit(const HttpRequest& request) = 0;
  virtual HttpResponse answer_of(const HttpRefusal& refusal) const = 0;
  // So many bytes of a body have come: charges them to all and to these accounts, to be given back;
  // false, and nothing is charged, if there is no room.
  virtual bool charge_body(std::size_t size, const std::vector<std::string>& accounts) = 0;
  virtual void release_body(std::size_t size, const std::vector<std::string>& accounts) = 0;
  virtual void answered(const HttpRequest& request, int status, Millis took) = 0;
  virtual void add(class Session& session) = 0;
  virtual void remove(class Session& session) = 0;
};

// How coroutines here wait: an error is a value, never an exception.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

class Session {
 public:
  virtual ~Session() = default;
  virtual const std::string& peer() const = 0;
  // Ends it if it is between two requests.
  virtual void close_if_waiting() = 0;
  // From its first byte to its last.
  virtual boost::asio::awaitable<void> run() = 0;
};

// `tls` is null for plain HTTP. The host must outlive it.
std::shared_ptr<Session> make_session(SessionHost& host, std::string peer,
                                      boost::asio::ip::tcp::socket socket,
                                      boost::asio::ssl::context* tls);

}  // namespace thig
