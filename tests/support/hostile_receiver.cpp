#include "tests/support/hostile_receiver.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

namespace thig {
namespace {

X509* read_certificate(const std::string& pem) {
  BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
  BIO_free(memory);
  if (certificate == nullptr) throw std::runtime_error("hostile receiver: bad certificate");
  return certificate;
}

void use_certificate(SSL_CTX* context, const Certificate& ours) {
  X509* certificate = read_certificate(ours.certificate);
  BIO* memory = BIO_new_mem_buf(ours.private_key.data(), static_cast<int>(ours.private_key.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(memory, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  BIO_free(memory);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

void reset_at_certificate(int sent, int, int type, const void* bytes, std::size_t size, SSL* ssl,
                          void*) {
  if (sent != 0 || type != SSL3_RT_HANDSHAKE || size == 0) return;
  if (*static_cast<const char*>(bytes) != SSL3_MT_CERTIFICATE) return;
  // A TCP socket that is connected to nothing resets the connection it had.
  const sockaddr nothing{.sa_family = AF_UNSPEC, .sa_data = {}};
  static_cast<void>(connect(SSL_get_fd(ssl), &nothing, sizeof nothing));
}

SSL_CTX* make_context(const ReceiverOptions& options) {
  if (!options.tls) return nullptr;
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  use_certificate(context, options.certificate);
  if (!options.client_ca.empty()) {
    X509* authority = read_certificate(options.client_ca);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority);
    X509_free(authority);
    const int demand = options.client_optional ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | demand, nullptr);
  }
  if (options.resets_at_certificate) SSL_CTX_set_msg_callback(context, reset_at_certificate);
  if (options.no_tls13) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  if (options.only_old_tls) {
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  }
  return context;
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

HostileReceiver::HostileReceiver(ReceiverOptions options, Behaviour behaviour)
    : options_(std::move(options)),
      behaviour_(std::move(behaviour)),
      context_(make_context(options_), SSL_CTX_free),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 1024) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("hostile receiver: cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

HostileReceiver::~HostileReceiver() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& player : players_) player.join();
  close(listener_);
}

std::string HostileReceiver::url(std::string_view host, std::string_view path) const {
  return fmt::format("https://{}:{}{}", host, port_, path);
}

void HostileReceiver::accept_all() {
  block_signals();
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::scoped_lock lock(mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    open_.push_back(fd);
    players_.emplace_back([this, fd, number = connections_++] { play(fd, number); });
  }
}

void HostileReceiver::play(int fd, int number) {
  block_signals();
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Peer peer;
  peer.fd_ = fd;
  peer.number_ = number;
  peer.requests_ = &requests_;
  bool ready = true;
  if (context_) {
    peer.ssl_ = SSL_new(context_.get());
    SSL_set_fd(peer.ssl_, fd);
    ready = SSL_accept(peer.ssl_) == 1;
  }
  if (ready) behaviour_(peer);
  if (peer.ssl_ != nullptr) {
    if (ready) SSL_shutdown(peer.ssl_);
    SSL_free(peer.ssl_);
  }
  ERR_clear_error();
  if (!ready) {
    // Closing with unread bytes would reset the connection, and with it the alert that says why.
    shutdown(fd, SHUT_WR);
    std::array<char, 4096> rest;
    while (recv(fd, rest.data(), rest.size(), 0) > 0) {
    }
  }
  const std::scoped_lock lock(mutex_);
  std::erase(open_, fd);
  close(fd);
}

std::string HostileReceiver::Peer::read_some() {
  if (!rest_.empty()) return std::exchange(rest_, {});
  std::array<char, 16384> buffer;
  const auto got = ssl_ != nullptr ? SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))
                                   : static_cast<int>(recv(fd_, buffer.data(), buffer.size(), 0));
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

std::string HostileReceiver::Peer::read_request() {
  std::string text;
  std::size_t wanted = std::string::npos;
  while (text.size() < wanted) {
    const auto part = read_some();
    if (part.empty()) return {};
    text += part;
    const auto end = text.find("\r\n\r\n");
    if (wanted != std::string::npos || end == std::string::npos) continue;
    wanted = end + 4;
    static constexpr std::string_view name = "\r\nContent-Length: ";
    if (const auto at = text.find(name); at < end) {
      std::size_t length = 0;
      std::from_chars(text.data() + at + name.size(), text.data() + end, length);
      wanted += length;
    }
  }
  rest_ = text.substr(wanted);
  text.resize(wanted);
  ++*requests_;
  return text;
}

bool HostileReceiver::Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent =
        ssl_ != nullptr ? SSL_write(ssl_, bytes.data(),
                                    static_cast<int>(std::min<std::size_t>(bytes.size(), 1u << 14)))
                        : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void HostileReceiver::Peer::send_for_ever(std::string_view bytes) {
  while (send(bytes)) {
  }
}

void HostileReceiver::Peer::send_slowly(std::string_view bytes, Millis pause) {
  for (const char& byte : bytes) {
    if (!send({&byte, 1}) || closed_within(pause)) return;
  }
}

void HostileReceiver::Peer::relay_to(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (other < 0) return;
  if (connect(other, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    for (;;) {
      const bool held = !rest_.empty() || (ssl_ != nullptr && SSL_pending(ssl_) > 0);
      std::array<pollfd, 2> ends{{{fd_, POLLIN, 0}, {other, POLLIN, 0}}};
      if (!held && poll(ends.data(), ends.size(), -1) < 0) break;
      if (held || ends[0].revents != 0) {
        const auto part = read_some();
        if (part.empty() || ::send(other, part.data(), part.size(), MSG_NOSIGNAL) < 0) break;
      }
      if (ends[1].revents != 0) {
        std::array<char, 16384> buffer;
        const auto got = recv(other, buffer.data(), buffer.size(), 0);
        if (got <= 0 || !send({buffer.data(), static_cast<std::size_t>(got)})) break;
      }
    }
  }
  close(other);
}

void HostileReceiver::Peer::hold() {
  while (!closed_within(Millis{60'000})) {
  }
}

bool HostileReceiver::Peer::closed_within(Millis longest) {
  pollfd wanted{fd_, POLLRDHUP, 0};
  return poll(&wanted, 1, static_cast<int>(longest.count())) > 0;
}

void HostileReceiver::Peer::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  if (ssl_ != nullptr) SSL_set_quiet_shutdown(ssl_, 1);
}

std::string http_answer(int status, std::string_view headers, std::string_view body) {
  return fmt::format("HTTP/1.1 {} Any\r\n{}content-length: {}\r\n\r\n{}", status, headers,
                     body.size(), body);
}

HostileReceiver::Behaviour answering(std::string answer) {
  return [answer = std::move(answer)](HostileReceiver::Peer& peer) {
    while (!peer.read_request().empty() && peer.send(answer)) {
    }
  };
}

}  // namespace thig
