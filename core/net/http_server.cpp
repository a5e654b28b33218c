// Each io_context is run by one thread: it needs no fences, and ThreadSanitizer knows none.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include "core/net/http_server.h"

#include "core/net/file_descriptor.h"
#include "core/net/http_syntax.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <map>
#include <set>
#include <type_traits>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>
#include <sys/eventfd.h>

namespace thig {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using SslStream = asio::ssl::stream<beast::tcp_stream>;

// Errors as values in every co_await. (No capturing lambda may stand inside one: g++ 12 destroys
// its captures twice.)
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t kBuffer = 16u << 10;
constexpr std::size_t kReadAtOnce = 4096;
constexpr std::size_t kMaxDrained = 1u << 20;
constexpr Millis kGoodbye{2'000};
constexpr Millis kDrain{1'000};
constexpr Millis kStopGrace{1'000};
constexpr Millis kAcceptBackOff{100};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return result;
}

// A response of ours can hold what a request said; a line break in it would begin another header.
bool is_writable(const Header& header) {
  return std::ranges::none_of(header.name + header.value, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t';
  });
}

std::string serialise(const HttpResponse& response, bool keep_alive, bool head_only) {
  const bool bodiless = response.status == 204 || response.status == 304;
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                                 std::string_view(http::obsolete_reason(
                                     http::int_to_status(static_cast<unsigned>(response.status)))));
  for (const auto& header : response.headers) {
    if (is_writable(header)) text += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  if (!bodiless) text += fmt::format("content-length: {}\r\n", response.body.size());
  text += keep_alive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n";
  if (!bodiless && !head_only) text += response.body;
  return text;
}

// The bytes of one connection, plain or TLS. Erasing the difference here keeps the rest of this
// file from being compiled twice. A deadline that passes closes the socket, so the operation fails.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual beast::tcp_stream& socket() = 0;
  virtual asio::awaitable<bool> handshake() = 0;
  virtual asio::awaitable<void> say_goodbye() = 0;
  // How many bytes have come; 0 if it is over.
  virtual asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) = 0;
  // False if it is over.
  virtual asio::awaitable<bool> write(std::string_view text) = 0;
};

template <class Stream>
class StreamChannel final : public Channel {
 public:
  template <class... Args>
  explicit StreamChannel(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  beast::tcp_stream& socket() override {
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

class Session;

class Server final : public HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  Server(const HttpServerOptions& options, Handler handler, FileDescriptor stop_event)
      : options_(options),
        handler_(std::move(handler)),
        stop_event_(std::move(stop_event)),
        stop_watch_(io_, dup(stop_event_.get())) {}
  // Sessions that are left are destroyed after the timer that remove would touch.
  ~Server() override { stopping_ = false; }

  Status load_keys();
  Status listen();

  int port() const override { return port_; }
  void run() override;
  void stop() noexcept override {
    const int saved = errno;  // a signal handler must not disturb what it interrupted
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(stop_event_.get(), &one, sizeof one);
    errno = saved;
  }

  const HttpServerOptions& options() const { return options_; }
  bool stopping() const { return stopping_; }
  HttpResponse handle(const HttpRequest& request) const;
  std::optional<HttpResponse> admit(const HttpRequest& request) const;
  // Room for a body, to be given back; false if there is none.
  bool reserve_body(std::size_t size);
  void release_body(std::size_t size) { bodies_ -= size; }
  void add(Session& session);
  void remove(Session& session);

 private:
  asio::awaitable<void> accept();
  asio::awaitable<void> wait_for_stop();
  void serve(tcp::socket socket);
  void begin_stop();
  bool is_full(const std::string& peer) const;

  HttpServerOptions options_;
  Handler handler_;
  FileDescriptor stop_event_;
  int port_ = 0;
  bool stopping_ = false;
  std::size_t bodies_ = 0;
  std::set<Session*> sessions_;
  std::map<std::string, int> per_address_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  // After what sessions refer to: it destroys those that are left.
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer back_off_{io_};
  asio::steady_timer stop_grace_{io_};
  asio::posix::stream_descriptor stop_watch_;
};

// One connection from its first byte to its last: requests one after the other, each under its
// deadlines.
class Session {
 public:
  Session(Server& server, std::string peer, std::unique_ptr<Channel> channel)
      : server_(server), peer_(std::move(peer)), channel_(std::move(channel)) {
    buffer_.max_size(std::max(kBuffer, server.options().max_header + kReadAtOnce));
    buffer_.reserve(kBuffer);
    server_.add(*this);
  }
  ~Session() {
    release_body();
    server_.remove(*this);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& peer() const { return peer_; }
  // Ends it if it is between two requests.
  void close_if_waiting() {
    if (waiting_) channel_->socket().close();
  }

  asio::awaitable<void> run() {
    expire_after(options().handshake_deadline);
    if (!co_await channel_->handshake()) co_return;
    bool keep = true;
    for (bool first = true; keep; first = false) {
      keep = co_await serve_one(first);
      release_body();
    }
    co_await finish();
  }

 private:
  // A refusal is answered; none means the connection is simply over.
  using Step = std::expected<void, std::optional<HttpRefusal>>;
  static Step refuse(const HttpRefusal& refusal) { return std::unexpected(std::optional(refusal)); }
  static Step over() { return std::unexpected(std::optional<HttpRefusal>()); }

  using Parser = http::request_parser<http::string_body>;

  const HttpServerOptions& options() const { return server_.options(); }
  void expire_after(Millis deadline) { channel_->socket().expires_after(deadline); }
  std::string_view received() const {
    const auto data = buffer_.data();
    return {static_cast<const char*>(data.data()), data.size()};
  }
  // False if nothing more comes, or the buffer holds no more.
  asio::awaitable<bool> receive() {
    const auto room = std::min(kReadAtOnce, buffer_.max_size() - buffer_.size());
    if (room == 0) co_return false;
    const auto count = co_await channel_->read_some(buffer_.prepare(room));
    buffer_.commit(count);
    co_return count > 0;
  }

  // False if the connection is to end.
  asio::awaitable<bool> serve_one(bool first) {
    request_ = {};
    framing_ = {};
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(options().max_header));
    parser.body_limit(options().max_body);
    Step step = co_await read_head(first);
    if (step) step = parse_head(parser);
    if (step) {
      if (auto refused = server_.admit(request_)) {
        co_await write(*refused, false);
        co_return false;
      }
      step = co_await read_body(parser);
    }
    if (!step) {
      if (step.error()) co_await write(to_response(*step.error()), false);
      co_return false;
    }
    const HttpResponse response = server_.handle(request_);
    if (response.delay > Millis{0}) {
      asio::steady_timer timer(channel_->socket().get_executor(), response.delay);
      co_await timer.async_wait(kAwait);
    }
    co_return co_await write(response, parser.keep_alive() && !server_.stopping());
  }

  // Until the buffer begins with a whole head.
  asio::awaitable<Step> read_head(bool first) {
    bool begun = first;
    expire_after(first ? options().header_deadline : options().idle_deadline);
    for (std::size_t scanned = 0;;) {
      const auto bytes = received();
      waiting_ = bytes.empty();
      if (!begun && !waiting_) {
        begun = true;
        expire_after(options().header_deadline);
      }
      const auto end = scan_head(bytes, scanned);
      if (!end) co_return refuse(end.error());
      scanned = bytes.size();
      if (std::max(*end, *end == 0 ? scanned : 0) > options().max_header) {
        const bool in_first_line = !bytes.contains('\n');
        co_return refuse(in_first_line ? refusal::uri_too_long : refusal::headers_too_large);
      }
      if (*end > 0) co_return Step();
      if (waiting_ && server_.stopping()) co_return over();
      if (!co_await receive()) co_return over();
    }
  }

  Step parse_head(Parser& parser) {
    error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error == http::error::body_limit) return refuse(refusal::body_too_large);
    if (error == http::error::header_limit) return refuse(refusal::headers_too_large);
    if (error || !parser.is_header_done()) return refuse(refusal::malformed);
    // A copy, taken before the body: the fields of trailers would come to stand among these.
    const auto& head = parser.get();
    request_.method = std::string_view(head.method_string());
    request_.target = std::string_view(head.target());
    for (const auto& field : head) {
      request_.headers.push_back({lower(std::string_view(field.name_string())),
                                  std::string(std::string_view(field.value()))});
    }
    request_.peer = peer_;
    const auto framing = check_head(request_, head.version() % 10 == 0 ? 0 : 1);
    if (!framing) return refuse(framing.error());
    framing_ = *framing;
    return {};
  }

  asio::awaitable<Step> read_body(Parser& parser) {
    // Nobody knows how long a chunked body will be.
    const auto size = framing_.chunked ? options().max_body : framing_.length;
    if (!server_.reserve_body(size)) co_return refuse(refusal::overloaded);
    body_ = size;
    expire_after(options().body_deadline);
    if (framing_.expects_continue && buffer_.size() == 0 &&
        !co_await channel_->write("HTTP/1.1 100 Continue\r\n\r\n")) {
      co_return over();
    }
    parser.eager(true);
    while (!parser.is_done()) {
      error_code error;
      buffer_.consume(parser.put(buffer_.data(), error));
      if (error && error != http::error::need_more) co_return refused_body(error);
      if (parser.is_done()) break;
      // Trailers and extensions of chunks are parsed only when they are there whole.
      if (buffer_.size() == buffer_.max_size()) co_return refuse(refusal::headers_too_large);
      if (!co_await receive()) co_return over();
    }
    request_.body = std::move(parser.get().body());
    co_return Step();
  }

  static Step refused_body(error_code error) {
    if (error == http::error::body_limit) return refuse(refusal::body_too_large);
    if (error == http::error::header_limit) return refuse(refusal::headers_too_large);
    return refuse(refusal::malformed);
  }

  asio::awaitable<bool> write(const HttpResponse& response, bool keep_alive) {
    const auto text = serialise(response, keep_alive, request_.method == "HEAD");
    expire_after(options().write_deadline);
    const bool written = co_await channel_->write(text);
    co_return written&& keep_alive;
  }

  // Reads what is still coming before it closes: closing with unread bytes would reset the
  // connection, and the client might never see the answer.
  asio::awaitable<void> finish() {
    waiting_ = true;
    expire_after(kGoodbye);
    co_await channel_->say_goodbye();
    auto& stream = channel_->socket();
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    expire_after(kDrain);
    buffer_.clear();
    for (std::size_t drained = 0; drained < kMaxDrained;) {
      const auto [error, count] =
          co_await stream.async_read_some(buffer_.prepare(kReadAtOnce), kAwait);
      if (error) break;
      drained += count;
    }
  }

  void release_body() { server_.release_body(std::exchange(body_, 0)); }

  Server& server_;
  std::string peer_;
  std::unique_ptr<Channel> channel_;
  bool waiting_ = true;  // for the first byte of a request
  beast::flat_buffer buffer_;
  HttpRequest request_;
  BodyFraming framing_;
  std::size_t body_ = 0;  // reserved in the server
};

Status Server::load_keys() {
  if (options_.certificate.empty() && options_.private_key.empty()) return {};
  try {
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(tls_.native_handle(), SSL_OP_NO_RENEGOTIATION);
    // OpenSSL would ask on the terminal for the password of an encrypted key.
    tls_.set_password_callback([](std::size_t, auto) { return std::string(); });
    tls_.use_certificate_chain(asio::buffer(options_.certificate));
    tls_.use_private_key(asio::buffer(options_.private_key), asio::ssl::context::pem);
  } catch (const boost::system::system_error& error) {
    return fail(ErrorCode::key,
                fmt::format("the certificate and key cannot be used: {}", error.code().message()),
                "both must be PEM, belong together, and the key must have no password");
  }
  return {};
}

Status Server::listen() {
  const auto where = fmt::format("{}:{}", options_.address, options_.port);
  error_code error;
  const auto address = asio::ip::make_address(options_.address, error);
  if (error || options_.port < 0 || options_.port > 65535) {
    return fail(ErrorCode::network, fmt::format("cannot listen on {}: no such address", where),
                "give an address of this machine and a port from 0 to 65535");
  }
  const tcp::endpoint endpoint(address, static_cast<unsigned short>(options_.port));
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    return fail(ErrorCode::network, fmt::format("cannot listen on {}: {}", where, error.message()),
                "choose another --port, or end what listens there");
  }
  port_ = acceptor_.local_endpoint().port();
  return {};
}

void Server::run() {
  asio::co_spawn(io_, accept(), asio::detached);
  asio::co_spawn(io_, wait_for_stop(), asio::detached);
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception&) {
      // Out of memory somewhere in between: what that belonged to is gone, the others go on.
    }
  }
}

asio::awaitable<void> Server::accept() {
  while (!stopping_) {
    auto [error, socket] = co_await acceptor_.async_accept(kAwait);
    if (error == asio::error::operation_aborted) break;
    if (error) {
      // Out of descriptors, most likely; trying again at once would only spin.
      back_off_.expires_after(kAcceptBackOff);
      co_await back_off_.async_wait(kAwait);
      continue;
    }
    serve(std::move(socket));
  }
}

void Server::serve(tcp::socket socket) {
  try {
    error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;  // gone already
    auto peer = remote.address().to_string();
    if (is_full(peer)) return;
    socket.set_option(tcp::no_delay(true), error);
    beast::tcp_stream stream(std::move(socket));
    std::unique_ptr<Channel> channel;
    if (options_.certificate.empty()) {
      channel = std::make_unique<StreamChannel<beast::tcp_stream>>(std::move(stream));
    } else {
      channel = std::make_unique<StreamChannel<SslStream>>(std::move(stream), tls_);
    }
    auto session = std::make_shared<Session>(*this, std::move(peer), std::move(channel));
    asio::co_spawn(io_, session->run(), [session](std::exception_ptr) {});
  } catch (const std::exception&) {
    // Out of memory: this connection is closed, the others go on.
  }
}

asio::awaitable<void> Server::wait_for_stop() {
  co_await stop_watch_.async_wait(asio::posix::stream_descriptor::wait_read, kAwait);
  begin_stop();
  co_await stop_grace_.async_wait(kAwait);
  io_.stop();
}

void Server::begin_stop() {
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  back_off_.cancel();
  for (Session* session : sessions_) session->close_if_waiting();
  stop_grace_.expires_after(sessions_.empty() ? Millis{0} : kStopGrace);
}

HttpResponse Server::handle(const HttpRequest& request) const {
  try {
    return handler_(request);
  } catch (const std::exception&) {
    return to_response(refusal::failed);
  }
}

std::optional<HttpResponse> Server::admit(const HttpRequest& request) const {
  if (!options_.admit) return std::nullopt;
  try {
    return options_.admit(request);
  } catch (const std::exception&) {
    return to_response(refusal::failed);
  }
}

bool Server::reserve_body(std::size_t size) {
  if (size > options_.max_bodies - std::min(bodies_, options_.max_bodies)) return false;
  bodies_ += size;
  return true;
}

bool Server::is_full(const std::string& peer) const {
  if (static_cast<int>(sessions_.size()) >= options_.max_connections) return true;
  const auto known = per_address_.find(peer);
  return options_.max_per_address > 0 && known != per_address_.end() &&
         known->second >= options_.max_per_address;
}

void Server::add(Session& session) {
  sessions_.insert(&session);
  ++per_address_[session.peer()];
}

void Server::remove(Session& session) {
  sessions_.erase(&session);
  const auto known = per_address_.find(session.peer());
  if (known != per_address_.end() && --known->second == 0) per_address_.erase(known);
  if (stopping_ && sessions_.empty()) stop_grace_.cancel();
}

}  // namespace

Result<std::unique_ptr<HttpServer>> open_http_server(
    const HttpServerOptions& options, std::function<HttpResponse(const HttpRequest&)> handler) {
  FileDescriptor stop_event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!stop_event) {
    return fail(ErrorCode::network, "cannot listen: no file descriptors left",
                "raise the limit of open files (ulimit -n)");
  }
  try {
    auto server = std::make_unique<Server>(options, std::move(handler), std::move(stop_event));
    THIG_TRY(server->load_keys());
    THIG_TRY(server->listen());
    return server;
  } catch (const boost::system::system_error& error) {
    return fail(ErrorCode::network, fmt::format("cannot listen: {}", error.what()));
  }
}

}  // namespace thig
