// Connections that may stand in for each other: one libcurl multi handle and its pool.
#pragma once

#include "core/base/tls_files.h"
#include "core/net/event_loop.h"
#include "core/net/sender.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include <curl/curl.h>

namespace thig {

// What a connection was opened under. libcurl checks none of these when it reuses one (it ignores
// the client's key, does not see that a file was replaced, and cannot know our address policy), so
// each policy has a pool of its own: a connection that --allow-private opened cannot serve a
// webhook without it, however alike their URLs are. Most webhooks have the same policy, so there
// are few pools, and one parsed copy of the system's authorities.
struct ConnectionPolicy {
  bool allow_private = false;
  std::string ca_file;
  std::string client_cert;
  std::string client_key;
  TlsStamp tls;
  auto operator<=>(const ConnectionPolicy&) const = default;
};
ConnectionPolicy policy_of(const SendTarget& target);

// Thread: one. Must not outlive its event loop.
class ConnectionGroup {
 public:
  // Null if out of memory. `number` is unique in the loop. With `most_connections` it closes the
  // oldest idle one for each that is opened; libcurl counts those in use, too.
  static std::unique_ptr<ConnectionGroup> open(EventLoop& loop, std::uint32_t number,
                                               std::size_t most_connections);
  ~ConnectionGroup();
  ConnectionGroup(const ConnectionGroup&) = delete;
  ConnectionGroup& operator=(const ConnectionGroup&) = delete;

  bool add(CURL* easy);
  // Of a transfer that has not ended: closes its connection.
  void remove(CURL* easy);

  void on_ready(const EventLoop::Ready& ready);
  // When libcurl wants to be called even if nothing happens.
  std::optional<Steady::time_point> due() const { return due_; }
  void run_due(Steady::time_point now);
  // The next transfer that has ended; remove it before asking again. Nothing if there is none.
  std::optional<std::pair<CURL*, CURLcode>> next_ended();

 private:
  ConnectionGroup(EventLoop& loop, std::uint32_t number, CURLM* multi,
                  std::size_t most_connections);
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*);
  static int on_timer(CURLM*, long milliseconds, void* self);

  EventLoop& loop_;
  std::uint32_t number_;
  CURLM* multi_;
  std::optional<Steady::time_point> due_;
};

}  // namespace thig
