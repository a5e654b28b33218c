// One request on its way: a libcurl easy handle set up for one target, used again and again.
#pragma once

#include "core/net/deadline_queue.h"
#include "core/net/event_loop.h"
#include "core/net/exchange.h"
#include "core/net/proxy_route.h"
#include "core/net/request_headers.h"
#include "core/net/sender.h"
#include "core/rules/address_policy.h"
#include "core/rules/url_rules.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

struct Destination;
class Transfer;
using TransferDeadlines = DeadlineQueue<Transfer>;

// What the transfers of one sending thread share. Lives as long as the thread.
struct TransferContext {
  std::string user_agent;
  EventLoop* loop = nullptr;
  TransferDeadlines deadlines;
  std::vector<Address> own_addresses;  // of this machine, renewed by the thread
  std::optional<ProxyRoute> proxy;     // that some or all go through
};

class Transfer {
 public:
  // Null if out of memory.
  static std::unique_ptr<Transfer> make(TransferContext& context, Destination& destination);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  static Transfer& of(CURL* easy);
  CURL* easy() const { return easy_; }
  Destination& destination() const { return destination_; }

  // Takes a request; its deadline counts from `started`. Fails with what is wrong with its headers.
  Status begin(SendRequest request, Steady::time_point started);
  // Prepares a try at the first or the next of the addresses, which must have been checked; false
  // if none is left to try.
  bool aim_at_next(std::span<const Address> addresses, Steady::time_point now);
  // The same by the name alone, which the proxy is asked for. One try.
  bool aim_by_name(Steady::time_point now);
  // Of a try that has just ended: whether it failed before a connection stood, so that another
  // address may do better.
  bool may_try_another_address(CURLcode code) const;

  // Each gives the result of the request, with its times, and lets go of it.
  // The receiver's addresses are known, or the proxy is to look them up.
  void located(Steady::time_point now) { located_ = now; }
  // That took most of the time there is, so what is not connected then is not the proxy's fault.
  bool was_slow_to_locate() const;

  Finished finish(CURLcode code, Steady::time_point now);
  Finished finish_at_deadline(Steady::time_point now);
  Finished finish_interrupted(Steady::time_point now);
  Finished finish_with(Outcome outcome, Steady::time_point now);

 private:
  Transfer(TransferContext& context, Destination& destination, CURL* easy);
  void configure();
  void configure_security();
  void configure_callbacks();
  void begin_try(Steady::time_point now);
  void limit_connecting(int tries_left, Steady::time_point now);
  void aim_at(const Address& address);
  void aim_at_proxy();
  bool stopped_at_proxy() const;
  bool had_no_time_for_proxy() const;
  ProxyTry proxy_try() const;
  Finished release(Outcome outcome, Steady::time_point now);
  Timing timing(Steady::time_point now) const;
  Phase phase() const;
  std::shared_ptr<const Observation> observation();
  void note_tls();

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype, curl_sockaddr* address);
  static int on_close_socket(void* loop, curl_socket_t fd);
  static int on_ready_to_send(void* self, char* ip, char*, int, int);
  bool take_header(std::string_view line);
  void note_header(std::string_view line);
  void keep_in_head(std::string_view name, std::string_view value);
  bool end_of_headers();
  bool may_use(const Address& address);
  bool may_connect_to(const Address& address);
  bool may_send_through(const Address& address);

  TransferContext& context_;
  Destination& destination_;
  CURL* easy_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  RequestHeaders headers_;
  Address aimed_at_;
  std::string peer_;  // the same with the port, for texts; the name if the proxy looks it up
  std::string connect_to_;
  curl_slist connect_to_entry_{};
  long connect_limit_ = 0;
  std::string proxy_resolve_;
  curl_slist proxy_entry_{};
  std::uint64_t proxy_change_ = 0;  // the addresses of the proxy that libcurl was told

  SendRequest request_;
  Exchange exchange_;
  Steady::time_point started_;
  Steady::time_point located_;
  Steady::time_point launched_;  // of the first try, when the addresses were known
  Steady::time_point aimed_;     // of this try
  Steady::time_point deadline_;
  int tries_ = 0;
  bool keeps_head_ = false;  // the answer that is being read is not 2xx
  TransferDeadlines::Place place_;
};

}  // namespace thig
