// An HTTP server on a thread of its own, and a client without manners.
#pragma once

#include "core/net/http_server.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace thig {

// Stopped with the test.
class RunningServer {
 public:
  RunningServer(const HttpServerOptions& options, HttpHandler handler) {
    auto opened = open_http_server(options, std::move(handler));
    REQUIRE_MESSAGE(opened.has_value(), opened.error().text);
    server_ = std::move(*opened);
    thread_ = std::thread([this] { server_->run(); });
  }
  ~RunningServer() { stop(); }
  void stop() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  int port() const { return server_->port(); }
  HttpServer& server() { return *server_; }

 private:
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

struct Reply {
  int status = 0;  // 0: the connection ended without one
  std::string head;
  std::string body;
};

// A client without manners: it sends what it is told.
class RawClient {
 public:
  explicit RawClient(int port) : RawClient(sa_family_t{AF_INET}) {
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons(static_cast<std::uint16_t>(port));
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&server), sizeof server) == 0);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  // By a Unix socket.
  explicit RawClient(const std::string& path) : RawClient(sa_family_t{AF_UNIX}) {
    sockaddr_un server{};
    server.sun_family = AF_UNIX;
    path.copy(server.sun_path, sizeof server.sun_path - 1);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&server), sizeof server) == 0);
  }
  ~RawClient() { close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_sending() { shutdown(fd_, SHUT_WR); }

  // The next answer; interim ones (1xx) too.
  Reply read(bool head_only = false) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return {};
    }
    Reply reply{std::stoi(received_.substr(9, 3)), received_.substr(0, end + 4), {}};
    received_.erase(0, end + 4);
    const auto at = reply.head.find("content-length: ");
    if (at == std::string::npos || head_only) return reply;
    const auto length = std::stoul(reply.head.substr(at + 16));
    while (received_.size() < length && receive()) {
    }
    reply.body = received_.substr(0, length);
    received_.erase(0, length);
    return reply;
  }
  // The next chunk of an answer that comes in chunks: empty the last, nothing if it was cut off.
  std::optional<std::string> read_chunk() {
    std::size_t end = 0;
    while ((end = received_.find("\r\n")) == std::string::npos) {
      if (!receive()) return std::nullopt;
    }
    const auto begin = end + 2;
    const auto size = std::stoul(received_.substr(0, end), nullptr, 16);
    while (received_.size() < begin + size + 2) {
      if (!receive()) return std::nullopt;
    }
    auto chunk = received_.substr(begin, size);
    received_.erase(0, begin + size + 2);
    return chunk;
  }
  // All that comes until the server closes.
  std::string read_all() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  bool has_something() const {
    pollfd wanted{fd_, POLLIN, 0};
    return poll(&wanted, 1, 0) > 0;
  }
  // True if the server closes without saying anything more.
  bool closed() { return received_.empty() && !receive() && received_.empty(); }
  Reply ask(std::string_view bytes) {
    send(bytes);
    return read();
  }

 private:
  explicit RawClient(sa_family_t family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  bool receive() {
    std::array<char, 4096> buffer;
    const auto got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) received_.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
  }
  int fd_;
  std::string received_;
};

inline std::string post(std::string_view body, std::string_view headers = {}) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace thig
