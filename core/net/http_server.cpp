#include "core/net/http_server.h"

#include "core/base/file_descriptor.h"
#include "core/net/http_session.h"
#include "core/net/http_syntax.h"
#include "core/net/unix_listener.h"
#include "core/rules/cidr.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <map>
#include <set>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace thig {
namespace {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<stream_protocol>;
using boost::system::error_code;

// Errors as values in every co_await. (No capturing lambda may stand inside one: g++ 12 destroys
// its captures twice.)

constexpr Millis kAcceptBackOff{100};

// Of an endpoint that is one of TCP.
tcp::endpoint to_tcp(const stream_protocol::endpoint& endpoint) {
  tcp::endpoint tcp;
  tcp.resize(endpoint.size());
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  return tcp;
}

class Server final : public HttpServer, private SessionHost {
 public:
  Server(const HttpServerOptions& options, HttpHandler handler, FileDescriptor stop_event)
      : options_(options),
        handler_(std::move(handler)),
        stop_event_(std::move(stop_event)),
        stop_watch_(io_, dup(stop_event_.get())) {}
  // Sessions that are left are destroyed after the timer that remove would touch.
  ~Server() override { stopping_ = false; }

  Status load_keys();
  Status reload(const std::string& certificate, const std::string& private_key) override;
  Status listen();

  int port() const override { return port_; }
  void run() override;
  void post(std::function<void()> work) override { asio::post(io_, std::move(work)); }
  void stop() noexcept override {
    const int saved = errno;  // a signal handler must not disturb what it interrupted
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(stop_event_.get(), &one, sizeof one);
    errno = saved;
  }

 private:
  const HttpServerOptions& options() const override { return options_; }
  bool stopping() const override { return stopping_; }
  void handle(HttpRequest& request, Respond respond) override;
  Admission admit(const HttpRequest& request) override;
  HttpResponse answer_of(const HttpRefusal& refusal) const override {
    return options_.refusal ? options_.refusal(refusal.status, refusal.code, refusal.text)
                            : to_response(refusal);
  }
  bool charge_body(std::size_t size, const std::vector<std::string>& accounts) override;
  void release_body(std::size_t size, const std::vector<std::string>& accounts) override;
  bool take_stream() override;
  void give_back_stream() override { --streams_; }
  void answered(const HttpRequest& request, int status, Millis took) override;
  void add(Session& session) override;
  void remove(Session& session) override;

  asio::awaitable<void> accept();
  void wait_for_stop();
  bool has_path() const { return !options_.socket_path.empty(); }
  Status listen_at_address();
  Status listen_at_path();
  // Whose connection it is; empty if it has gone already.
  std::string peer_of(const HttpSocket& socket) const;
  void serve(HttpSocket socket);
  void begin_stop();
  void run_loop();
  bool is_full(const std::string& peer) const;

  HttpServerOptions options_;
  HttpHandler handler_;
  FileDescriptor stop_event_;
  int port_ = 0;
  bool stopping_ = false;
  std::size_t bodies_ = 0;                          // bytes
  std::map<std::string, std::size_t> per_account_;  // of these
  int streams_ = 0;
  std::set<Session*> sessions_;
  std::map<std::string, int> per_network_;
  std::shared_ptr<asio::ssl::context> tls_;  // none for plain HTTP
  // After what sessions refer to: it destroys those that are left.
  asio::io_context io_{1};
  std::optional<UnixListener> unix_;  // until it stops; none for TCP
  Acceptor acceptor_{io_};
  asio::steady_timer back_off_{io_};
  asio::steady_timer stop_grace_{io_};
  asio::posix::stream_descriptor stop_watch_;
};

Result<std::shared_ptr<asio::ssl::context>> make_tls(const std::string& certificate,
                                                     const std::string& private_key) {
  try {
    auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
    // Of 1.2 what keeps its secrets and cannot be bent: ephemeral keys, authenticated encryption.
    SSL_CTX_set_cipher_list(tls->native_handle(), "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_options(tls->native_handle(), SSL_OP_NO_RENEGOTIATION);
    // OpenSSL would ask on the terminal for the password of an encrypted key.
    tls->set_password_callback([](std::size_t, auto) { return std::string(); });
    tls->use_certificate_chain(asio::buffer(certificate));
    tls->use_private_key(asio::buffer(private_key), asio::ssl::context::pem);
    return tls;
  } catch (const boost::system::system_error& error) {
    return fail(ErrorCode::key,
                fmt::format("the certificate and key cannot be used: {}", error.code().message()),
                "both must be in PEM format and match, and the key must have no passphrase");
  }
}

Status Server::load_keys() {
  if (options_.certificate.empty() && options_.private_key.empty()) return {};
  THIG_TRY_ASSIGN(tls, make_tls(options_.certificate, options_.private_key));
  tls_ = std::move(tls);
  return {};
}

// Connections that stand keep what they were made with.
Status Server::reload(const std::string& certificate, const std::string& private_key) {
  THIG_TRY_ASSIGN(tls, make_tls(certificate, private_key));
  asio::post(io_, [this, fresh = std::move(tls)] { tls_ = fresh; });
  return {};
}

Status Server::listen() {
  return has_path() ? listen_at_path() : listen_at_address();
}

Status Server::listen_at_path() {
  THIG_TRY_ASSIGN(listener, UnixListener::open(options_.socket_path));
  unix_.emplace(std::move(listener));
  acceptor_.assign(stream_protocol(AF_UNIX, 0), fcntl(unix_->descriptor(), F_DUPFD_CLOEXEC, 0));
  return {};
}

Status Server::listen_at_address() {
  const auto where = fmt::format("{}:{}", options_.address, options_.port);
  error_code error;
  const auto address = asio::ip::make_address(options_.address, error);
  if (error || options_.port < 0 || options_.port > 65535) {
    return fail(ErrorCode::network, fmt::format("cannot listen on {}: no such address", where),
                "use an address of this machine and a port from 0 to 65535");
  }
  const tcp::endpoint endpoint(address, static_cast<unsigned short>(options_.port));
  // Each also answers the error that it sets.
  (void)acceptor_.open(endpoint.protocol(), error);
  if (!error) (void)acceptor_.set_option(Acceptor::reuse_address(true), error);
  if (!error) (void)acceptor_.bind(endpoint, error);
  if (!error) (void)acceptor_.listen(Acceptor::max_listen_connections, error);
  if (error) {
    return fail(ErrorCode::network, fmt::format("cannot listen on {}: {}", where, error.message()),
                "choose another port, or stop the process that listens there");
  }
  port_ = to_tcp(acceptor_.local_endpoint()).port();
  return {};
}

void Server::run() {
  asio::co_spawn(io_, accept(), asio::detached);
  wait_for_stop();
  run_loop();
  // A stream may be written to from other threads for as long as it is open, and the io_context
  // must not be woken any more when it is destroyed.
  for (Session* session : sessions_) session->end_stream();
}

void Server::run_loop() {
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

std::string Server::peer_of(const HttpSocket& socket) const {
  if (has_path()) return std::string(unix_peer);
  error_code error;
  const auto remote = socket.remote_endpoint(error);
  return error ? std::string() : to_tcp(remote).address().to_string();
}

void Server::serve(HttpSocket socket) {
  try {
    auto peer = peer_of(socket);
    if (peer.empty() || is_full(peer)) return;
    error_code ignored;
    if (!has_path()) (void)socket.set_option(tcp::no_delay(true), ignored);
    auto session = make_session(*this, std::move(peer), std::move(socket), tls_.get());
    asio::co_spawn(io_, session->run(), [session](const std::exception_ptr&) {});
  } catch (const std::exception&) {
    // Out of memory: this connection is closed, the others go on.
  }
}

void Server::wait_for_stop() {
  stop_watch_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code) {
    begin_stop();
    stop_grace_.async_wait([this](error_code) { io_.stop(); });
  });
}

void Server::begin_stop() {
  stopping_ = true;
  error_code ignored;
  (void)acceptor_.close(ignored);
  unix_.reset();
  back_off_.cancel();
  for (Session* session : sessions_) session->close_if_waiting();
  stop_grace_.expires_after(sessions_.empty() ? Millis{0} : options_.stop_grace);
}

void Server::handle(HttpRequest& request, Respond respond) {
  try {
    handler_(request, respond);
  } catch (const std::exception&) {
    respond(answer_of(refusal::failed));
  }
}

Admission Server::admit(const HttpRequest& request) {
  if (!options_.admit) return {};
  try {
    return options_.admit(request);
  } catch (const std::exception&) {
    return {.refusal = answer_of(refusal::failed)};
  }
}

void Server::answered(const HttpRequest& request, int status, Millis took) {
  if (options_.on_answer) options_.on_answer(request, status, took);
}

bool Server::take_stream() {
  if (stopping_ || streams_ >= options_.max_streams) return false;
  ++streams_;
  return true;
}

bool Server::charge_body(std::size_t size, const std::vector<std::string>& accounts) {
  const auto fits = [size](std::size_t held, std::size_t most) {
    return size <= most - std::min(held, most);
  };
  const bool room =
      fits(bodies_, options_.max_bodies) &&
      std::ranges::all_of(accounts, [&](const std::string& account) {
        const auto known = per_account_.find(account);
        return known == per_account_.end() || fits(known->second, options_.max_bodies_of_one);
      });
  if (!room) return false;
  bodies_ += size;
  for (const std::string& account : accounts) per_account_[account] += size;
  return true;
}

void Server::release_body(std::size_t size, const std::vector<std::string>& accounts) {
  bodies_ -= size;
  for (const std::string& account : accounts) {
    const auto known = per_account_.find(account);
    known->second -= size;
    if (known->second == 0) per_account_.erase(known);
  }
}

bool Server::is_full(const std::string& peer) const {
  if (static_cast<int>(sessions_.size()) >= options_.max_connections) return true;
  if (peer == unix_peer) return false;
  if (options_.is_trusted && options_.is_trusted(peer)) return false;
  const auto known = per_network_.find(network_of(peer));
  return options_.max_per_address > 0 && known != per_network_.end() &&
         known->second >= options_.max_per_address;
}

void Server::add(Session& session) {
  sessions_.insert(&session);
  ++per_network_[network_of(session.peer())];
}

void Server::remove(Session& session) {
  sessions_.erase(&session);
  const auto known = per_network_.find(network_of(session.peer()));
  if (known != per_network_.end() && --known->second == 0) per_network_.erase(known);
  if (stopping_ && sessions_.empty()) stop_grace_.cancel();
}

}  // namespace

Result<std::unique_ptr<HttpServer>> open_http_server(const HttpServerOptions& options,
                                                     HttpHandler handler) {
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
