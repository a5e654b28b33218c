// One connection of the HTTP server: requests one after the other, each under its deadlines.
#pragma once

#include "core/net/http_channel.h"
#include "core/net/http_server.h"
#include "core/net/http_syntax.h"

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl.hpp>

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
  // false, and nothing is charged, if there is no space.
  virtual bool charge_body(std::size_t size, const std::vector<std::string>& accounts) = 0;
  virtual void release_body(std::size_t size, const std::vector<std::string>& accounts) = 0;
  // False if no stream may be opened now; else it is to be given back.
  virtual bool take_stream() = 0;
  virtual void give_back_stream() = 0;
  virtual void answered(const HttpRequest& request, int status, Millis took) = 0;
  virtual void add(class Session& session) = 0;
  virtual void remove(class Session& session) = 0;
};

class Session {
 public:
  virtual ~Session() = default;
  virtual const std::string& peer() const = 0;
  // Ends it if it is between two requests, or waits for somebody to write to a stream.
  virtual void close_if_waiting() = 0;
  // Cuts the stream that is being sent, if there is one: whoever makes it is told.
  virtual void end_stream() noexcept = 0;
  // From its first byte to its last.
  virtual boost::asio::awaitable<void> run() = 0;
};

// `tls` is null for plain HTTP. The host must outlive it.
std::shared_ptr<Session> make_session(SessionHost& host, std::string peer, HttpSocket socket,
                                      boost::asio::ssl::context* tls);

}  // namespace thig
