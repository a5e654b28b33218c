// A receiver that behaves as badly as a test wants: a TCP server, with TLS or without, whose every
// connection is played by a function of the test. It knows nothing of HTTP beyond finding the end
// of a request.
#pragma once

#include "core/base/time.h"
#include "core/net/certificate.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace thig {

struct ReceiverOptions {
  bool tls = true;
  Certificate certificate;       // with tls
  std::string client_ca;         // PEM: clients must show a certificate of this authority
  bool client_optional = false;  // or none
  bool only_old_tls = false;     // nothing newer than TLS 1.1
  bool no_tls13 = false;         // nothing newer than TLS 1.2
  // Resets the connection, without an alert, where the client's certificate (or none) comes.
  bool resets_at_certificate = false;
};

class HostileReceiver {
 public:
  // One connection, seen from the receiver. With TLS, the handshake is done already.
  class Peer {
   public:
    int number() const { return number_; }  // 0 for the first connection
    // Head and body (by Content-Length); empty if the sender has closed.
    std::string read_request();
    // Whatever comes next; empty if the sender has closed.
    std::string read_some();
    // False if the sender has closed.
    bool send(std::string_view bytes);
    // Sends it again and again until the sender closes.
    void send_for_ever(std::string_view bytes);
    // Sends byte by byte with pauses, until done or the sender closes.
    void send_slowly(std::string_view bytes, Millis pause);
    // Passes bytes on to a port of this machine, and back, until one side closes: a tunnel.
    void relay_to(int port);
    // Until the sender closes, without reading.
    void hold();
    // Until the sender closes, or for this long; true if it has closed.
    bool closed_within(Millis longest);
    // Ends the connection with a TCP reset.
    void reset();

   private:
    friend class HostileReceiver;
    int fd_ = -1;
    int number_ = 0;
    ssl_st* ssl_ = nullptr;
    std::atomic<int>* requests_ = nullptr;
    std::string rest_;
  };
  using Behaviour = std::function<void(Peer&)>;

  HostileReceiver(ReceiverOptions options, Behaviour behaviour);
  // Cuts every connection.
  ~HostileReceiver();
  HostileReceiver(const HostileReceiver&) = delete;
  HostileReceiver& operator=(const HostileReceiver&) = delete;

  int port() const { return port_; }
  std::string url(std::string_view host = "127.0.0.1", std::string_view path = "/hook") const;
  int connections() const { return connections_; }
  int requests() const { return requests_; }  // read whole

 private:
  void accept_all();
  void play(int fd, int number);

  ReceiverOptions options_;
  Behaviour behaviour_;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> open_;
  std::vector<std::thread> players_;
  std::thread acceptor_;
};

// An answer with its Content-Length.
std::string http_answer(int status, std::string_view headers = {}, std::string_view body = {});
// A receiver that gives the same answer to every request, for as long as the sender likes.
HostileReceiver::Behaviour answering(std::string answer);

}  // namespace thig
