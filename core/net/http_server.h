// An HTTPS or HTTP server for receivers: limits, deadlines and hostile input are its business; what
// a request means is the handler's.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/model/endpoint.h"
#include "core/net/http_stream.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// HttpRequest::peer of all who come by a Unix socket: they have no address.
inline constexpr std::string_view unix_peer = "unix";

struct HttpRequest {
  std::string method;
  std::string target;           // as it came
  std::vector<Header> headers;  // names in lower case, in their order
  std::string body;
  std::string peer;  // the address it came from
  // What Admission::subject was; null where nothing was admitted, as for refused ones.
  std::shared_ptr<const void> subject{};

  // The first header of that (lower-case) name; empty if there is none.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::vector<Header> headers{};  // besides content-length and connection
  std::string body{};
  Millis delay{0};  // before it is sent; other requests go on meanwhile
  // Makes the body instead, bit by bit: called once the head has been sent. Not called where there
  // is no body to make (HEAD, 204), the client has gone, or the answer is a 503 instead, because
  // max_streams are open or the server stops. It goes out in chunks, to HTTP/1.0 until the
  // connection closes. Requests that come meanwhile are answered after it, as far as they fit into
  // some 8 KiB; a client that sends more, or closes its side, ends the stream.
  HttpStreamFunction stream{};
  // Sent on a stream where nothing else was for stream_keep_alive, so that proxies do not take it
  // for dead: ":\n\n" for server-sent events. Empty: nothing is.
  std::string keep_alive{};
};

// Gives the answer to a request, from any thread; only the first one counts. Not to be called any
// more once the server is gone.
using Respond = std::function<void(HttpResponse)>;
// Called on the server's thread; must not block. May take the body out of the request.
using HttpHandler = std::function<void(HttpRequest&, Respond)>;

// What is decided on a request's head.
struct Admission {
  std::optional<HttpResponse> refusal{};   // the answer, after which the connection is closed
  std::size_t max_body = std::size_t(-1);  // at most HttpServerOptions::max_body
  // To whom the body is charged besides all: its sender's address, what it is for.
  std::vector<std::string> accounts{};
  // What was found out about the request, to be kept for the handler.
  std::shared_ptr<const void> subject{};
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  int port = 0;  // 0: any free one
  // A Unix socket instead of address and port, if there is one: for the owner and the group of the
  // file (mode 0660). A socket that nobody listens on is replaced, no other file ever is; it is
  // removed when the server stops.
  std::string socket_path{};
  // PEM texts. Both empty: plain HTTP.
  std::string certificate;
  std::string private_key;
  std::size_t max_body = 1u << 20;
  std::size_t max_header = 8u << 10;
  // Bytes of all bodies being read or handled, charged as they come; beyond: 503. What one account
  // (Admission) holds of them, and what of each body is not counted: small ones are always taken.
  std::size_t max_bodies = 96u << 20;
  std::size_t max_bodies_of_one = 64u << 20;
  std::size_t uncounted = 64u << 10;
  int max_connections = 1024;  // beyond: closed at once
  // Of these from one address (an IPv6 /64); 0: no limit of its own. A Unix socket has none.
  int max_per_address = 0;
  Millis handshake_deadline{5'000};
  Millis header_deadline{5'000};
  Millis body_deadline{10'000};
  Millis body_deadline_per_256k{1'000};  // and so much more for each 256 KiB that have come
  Millis answer_deadline{30'000};        // of the handler; then 503. Not of a stream's body
  Millis idle_deadline{15'000};
  Millis write_deadline{10'000};  // of an answer, or of each 64 KiB of a stream
  // Streams that are open at once; beyond: 503. And what may wait to be sent on one, in bytes;
  // beyond: closed (HttpStream::write).
  int max_streams = 64;
  std::size_t max_stream_waiting = 1u << 20;
  Millis stream_keep_alive{20'000};  // HttpResponse::keep_alive
  Millis stop_grace{1'000};  // for what is being answered when it stops; streams are cut at once
  // Checks a request by its head, before its body is read or even asked for. Optional; called as
  // the handler is.
  std::function<Admission(const HttpRequest&)> admit;
  // Addresses that max_per_address does not hold for: proxies. Optional.
  std::function<bool(const std::string&)> is_trusted;
  // How a refusal of the server's own is put, such as 431. Optional: {"error":…,"code":…}.
  std::function<HttpResponse(int status, std::string_view code, std::string_view text)> refusal;
  // Called for every answer, refusals too, when it is about to be written. The request is as far as
  // it was read. Optional; called as the handler is.
  std::function<void(const HttpRequest&, int status, Millis took)> on_answer;
};

// One thread runs it all.
class HttpServer {
 public:
  virtual ~HttpServer() = default;
  virtual int port() const = 0;  // 0 of a Unix socket
  // Serves until stop is called. What is being answered then is finished within stop_grace.
  virtual void run() = 0;
  // Has this done on the server's thread, once it has dealt with what has come by now. From any
  // thread. What is left when the server ends is not done.
  virtual void post(std::function<void()> work) = 0;
  // For connections from now on. From any thread; `key` if they cannot be used.
  virtual Status reload(const std::string& certificate, const std::string& private_key) = 0;
  // From any thread, and from signal handlers.
  virtual void stop() noexcept = 0;
};

// `network` if the address or path cannot be listened on (in use, not ours), `key` if the
// certificate and key are not usable.
Result<std::unique_ptr<HttpServer>> open_http_server(const HttpServerOptions& options,
                                                     HttpHandler handler);

// A handler that answers at once.
HttpHandler at_once(std::function<HttpResponse(const HttpRequest&)> handler);

}  // namespace thig
