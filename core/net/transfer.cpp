#include "core/net/transfer.h"

#include "core/base/codec.h"
#include "core/net/destination.h"
#include "core/net/socket_address.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr int kMaxTries = 3;                        // addresses of one attempt
constexpr std::size_t kMaxHeaderBytes = 64u << 10;  // of an answer, all kinds together
constexpr std::size_t kMaxBodyBytes = 16u << 10;    // read for the sake of the connection
constexpr std::size_t kKeptBody = 1024;
constexpr std::size_t kKeptHeader = 2048;
constexpr std::size_t kKeptHeaders = 64;
constexpr std::size_t kKeptHead = 2048;      // of an answer that is not 2xx
constexpr std::size_t kKeptHeadValue = 512;  // so that one long value does not hide all others
constexpr Millis kBodyGrace{1'000};          // after the headers, the same

char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// `wanted`: in lower case.
bool is_header(std::string_view name, std::string_view wanted) {
  return std::ranges::equal(name, wanted, {}, lower_case);
}

// By the answer's first line: "HTTP/1.1 204 No Content".
bool is_success_line(std::string_view line) {
  const auto blank = line.find(' ');
  return blank != line.npos && line.substr(blank + 1).starts_with('2');
}

Millis since(Steady::time_point from, Steady::time_point to) {
  return std::chrono::floor<Millis>(to - from);
}

}  // namespace

std::unique_ptr<Transfer> Transfer::make(TransferContext& context, Destination& destination) {
  CURL* easy = curl_easy_init();
  if (easy == nullptr) return nullptr;
  std::unique_ptr<Transfer> transfer(new Transfer(context, destination, easy));
  transfer->configure();
  transfer->configure_security();
  transfer->configure_callbacks();
  return transfer;
}

Transfer::Transfer(TransferContext& context, Destination& destination, CURL* easy)
    : context_(context), destination_(destination), easy_(easy) {}

Transfer::~Transfer() {
  curl_easy_cleanup(easy_);
}

Transfer& Transfer::of(CURL* easy) {
  void* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return *static_cast<Transfer*>(self);
}

void Transfer::configure() {
  curl_easy_setopt(easy_, CURLOPT_URL, destination_.url.text.c_str());
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);  // it has been normalised by our own rules
  curl_easy_setopt(easy_, CURLOPT_POST, 1L);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, context_.user_agent.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(easy_, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy_, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  // The defaults, 16 KB and 64 KB a handle, are for moving files.
  curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, 8L << 10);
  curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, 16L << 10);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, message_.data());
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
}

void Transfer::configure_security() {
  const SendTarget& target = *destination_.target;
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  if (destination_.by_proxy) {
    configure_proxy(easy_, context_.proxy->proxy);
  } else {
    configure_no_proxy(easy_);
  }
  curl_easy_setopt(easy_, CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
  // A resumed session's certificate is not verified again.
  curl_easy_setopt(easy_, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  // The system's folder of authorities would be trusted besides the file, and would keep libcurl
  // from parsing the file only once a pool.
  curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
  if (!target.ca_file.empty()) {
    curl_easy_setopt(easy_, CURLOPT_CAINFO, target.ca_file.c_str());
    curl_easy_setopt(easy_, CURLOPT_CA_CACHE_TIMEOUT, 60L);  // seconds; the file may be replaced
  }
  if (!target.client_cert.empty()) {
    curl_easy_setopt(easy_, CURLOPT_SSLCERT, target.client_cert.c_str());
    const auto& key = target.client_key.empty() ? target.client_cert : target.client_key;
    curl_easy_setopt(easy_, CURLOPT_SSLKEY, key.c_str());
    // Without one, OpenSSL would ask for it on the terminal, in this thread.
    curl_easy_setopt(easy_, CURLOPT_KEYPASSWD, "");
  }
  observe_peer_certificate(easy_, exchange_.certificate);
}

void Transfer::configure_callbacks() {
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
  curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETDATA, context_.loop);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, on_ready_to_send);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
}

Status Transfer::begin(SendRequest request, Steady::time_point started) {
  request_ = std::move(request);
  started_ = located_ = launched_ = aimed_ = started;
  deadline_ = started + std::max(request_.target->timeout, Millis{1});
  tries_ = 0;
  context_.deadlines.set(*this, place_, deadline_);
  clear(exchange_);
  THIG_TRY(headers_.build(request_.headers));
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.list());
  const bool has_body = request_.body != nullptr;
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(has_body ? request_.body->size() : 0));
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, has_body ? request_.body->data() : "");
  return {};
}

bool Transfer::aim_at_next(std::span<const Address> addresses, Steady::time_point now) {
  const int usable = std::min(kMaxTries, static_cast<int>(addresses.size()));
  if (tries_ >= usable) return false;
  begin_try(now);
  aim_at(addresses[static_cast<std::size_t>(tries_)]);
  limit_connecting(usable - tries_++, now);
  return true;
}

bool Transfer::aim_by_name(Steady::time_point now) {
  if (tries_ > 0) return false;
  begin_try(now);
  ++tries_;
  peer_ = fmt::format("{}:{}", destination_.url.host, destination_.url.port);
  limit_connecting(1, now);
  return true;
}

void Transfer::begin_try(Steady::time_point now) {
  if (tries_ == 0) launched_ = now;
  aimed_ = now;
  clear(exchange_);
  message_[0] = '\0';
  if (destination_.by_proxy) aim_at_proxy();
}

// An address that swallows everything must leave time for the others; the last one has all that is
// left (our own deadline, so libcurl's is off).
void Transfer::limit_connecting(int tries_left, Steady::time_point now) {
  const auto time_left = std::max<long>(since(now, deadline_).count(), 1);
  const long limit = tries_left > 1 ? std::max(time_left / tries_left, 1L) : 0;
  if (limit == connect_limit_) return;
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, limit);
  connect_limit_ = limit;
}

// libcurl never looks a name up: it is told where to connect, while the Host header, SNI and the
// certificate check keep to the URL. A proxy is asked to connect to the same address.
void Transfer::aim_at(const Address& address) {
  if (address == aimed_at_ && !connect_to_.empty()) return;
  const Url& url = destination_.url;
  aimed_at_ = address;
  peer_ = fmt::format("{}:{}", host_in_url(to_text(address)), url.port);
  connect_to_ = fmt::format("{}:{}:{}", host_in_url(url.host), url.port, peer_);
  connect_to_entry_ = {connect_to_.data(), nullptr};
  curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, &connect_to_entry_);
}

void Transfer::aim_at_proxy() {
  ProxyRoute& route = *context_.proxy;
  if (proxy_change_ == route.changes || parse_address(route.proxy.host)) return;
  proxy_change_ = route.changes;
  proxy_resolve_ = route.resolve;
  proxy_entry_ = {proxy_resolve_.data(), nullptr};
  curl_easy_setopt(easy_, CURLOPT_RESOLVE, &proxy_entry_);
}

// Whether the proxy has not connected us to the receiver (yet).
bool Transfer::stopped_at_proxy() const {
  if (!destination_.by_proxy || tries_ == 0 || exchange_.reached) return false;
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &status);
  return status / 100 != 2;
}

ProxyTry Transfer::proxy_try() const {
  const EgressProxy& proxy = context_.proxy->proxy;
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &status);
  long asked = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &asked);
  return {.proxy = proxy,
          .address = std::string_view(proxy.text).substr(proxy.text.find("//") + 2),
          .receiver = peer_,
          .asked = asked > 0,
          .status = static_cast<int>(status)};
}

bool Transfer::was_slow_to_locate() const {
  return located_ - started_ > (deadline_ - started_) / 2;
}

bool Transfer::had_no_time_for_proxy() const {
  return was_slow_to_locate() && !proxy_try().asked;
}

bool Transfer::may_try_another_address(CURLcode code) const {
  if (exchange_.reached || !exchange_.refusal.empty() || exchange_.socket_error != 0) return false;
  if (stopped_at_proxy()) {
    // Another address of the receiver helps only where the proxy could not connect to this one.
    const ProxyTry tried = proxy_try();
    return tried.status >= 500 ||
           (tried.status == 0 && tried.asked && code == CURLE_OPERATION_TIMEDOUT);
  }
  return code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT;
}

Finished Transfer::finish(CURLcode code, Steady::time_point now) {
  if (request_.handshake_only && exchange_.reached) return release(Responded{}, now);
  long os_error = 0;
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_error);
  if (stopped_at_proxy()) {
    if (code == CURLE_OPERATION_TIMEDOUT && had_no_time_for_proxy()) return finish_at_deadline(now);
    return release(outcome_at_proxy(exchange_, code, os_error, message_.data(), proxy_try()), now);
  }
  const Peer peer{destination_.url.host, peer_};
  return release(outcome_of(exchange_, code, os_error, message_.data(), peer), now);
}

Finished Transfer::finish_at_deadline(Steady::time_point now) {
  if (stopped_at_proxy() && had_no_time_for_proxy()) {
    return release(outcome_at_deadline(exchange_, Phase::look_up, request_.target->timeout), now);
  }
  if (stopped_at_proxy()) {
    return release(outcome_at_proxy_deadline(proxy_try(), request_.target->timeout), now);
  }
  return release(outcome_at_deadline(exchange_, phase(), request_.target->timeout), now);
}

Finished Transfer::finish_interrupted(Steady::time_point now) {
  // An answer that is there already is known: sending again would send twice.
  if (exchange_.answered) return finish(CURLE_OK, now);
  return release(Interrupted{}, now);
}

Finished Transfer::finish_with(Outcome outcome, Steady::time_point now) {
  return release(std::move(outcome), now);
}

Finished Transfer::release(Outcome outcome, Steady::time_point now) {
  Finished finished{.ticket = request_.ticket,
                    .outcome = std::move(outcome),
                    .timing = timing(now),
                    .address = {},
                    .reached = phase()};
  if (request_.observe) finished.observation = observation();
  if (destination_.by_proxy) {
    // The receiver's, which the proxy was asked to connect to, not the proxy's own.
    if (tries_ > 0 && !destination_.by_name) finished.address = to_text(aimed_at_);
  } else if (tries_ > 0) {
    const char* ip = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &ip);
    if (ip != nullptr) finished.address = ip;
  }
  context_.deadlines.clear(place_);
  request_ = {};
  return finished;
}

Timing Transfer::timing(Steady::time_point now) const {
  Timing timing;
  const auto since = [](Steady::time_point from, Steady::time_point to) {
    return std::chrono::floor<Timing::Micros>(to - from);
  };
  timing.total = since(started_, now);
  if (tries_ == 0) return timing;
  timing.resolved = since(started_, launched_);
  const auto at = [&](CURLINFO moment) {
    curl_off_t micros = 0;
    curl_easy_getinfo(easy_, moment, &micros);
    const auto reached = aimed_ + std::chrono::microseconds(micros);
    return micros > 0 ? std::min(since(started_, reached), timing.total) : Timing::Micros{0};
  };
  // A connection that is used again was there at once.
  const auto began = stopped_at_proxy() ? std::nullopt : exchange_.certificate.handshake_began;
  timing.connected = began ? since(started_, *began) : Timing::Micros{0};
  if (exchange_.reached) {
    timing.tls_done = began ? at(CURLINFO_APPCONNECT_TIME_T) : timing.resolved;
    if (!began) timing.connected = timing.resolved;
  }
  timing.first_byte = at(CURLINFO_STARTTRANSFER_TIME_T);
  return timing;
}

std::shared_ptr<const Observation> Transfer::observation() {
  auto seen = std::make_shared<Observation>();
  const auto add = [&](std::span<const Address> addresses, bool allowed) {
    for (const Address& address : addresses) {
      seen->addresses.push_back({.address = to_text(address), .allowed = allowed});
    }
  };
  add(destination_.allowed, true);
  add(destination_.refused, false);
  if (destination_.by_proxy) seen->proxy = context_.proxy->proxy.text;
  seen->proxy_resolved = destination_.by_name;
  if (stopped_at_proxy()) return seen;  // what follows would be the proxy's
  seen->tls_version = exchange_.tls_version;
  if (!exchange_.certificate.facts.subject.empty() || exchange_.certificate.facts.not_after) {
    seen->certificate = exchange_.certificate.facts;
  }
  seen->lacks_client_certificate = exchange_.certificate.ours == ClientCertificate::lacking;
  seen->answer_headers = std::move(exchange_.headers);
  return seen;
}

void Transfer::note_tls() {
  curl_tlssessioninfo* session = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_TLS_SSL_PTR, &session);
  if (session == nullptr || session->backend != CURLSSLBACKEND_OPENSSL) return;
  exchange_.tls_version = tls_version_of(session->internals);
}

Phase Transfer::phase() const {
  if (exchange_.answered) return Phase::answer;
  if (tries_ == 0) return Phase::look_up;
  if (stopped_at_proxy()) return Phase::connect;
  if (!exchange_.reached) {
    return exchange_.certificate.handshake_began ? Phase::handshake : Phase::connect;
  }
  curl_off_t sent = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
  const auto size = request_.body ? request_.body->size() : 0;
  return static_cast<std::size_t>(sent) < size ? Phase::sending : Phase::answer;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<Transfer*>(self)->take_header(line) ? line.size() : line.size() + 1;
}

bool Transfer::take_header(std::string_view line) {
  exchange_.header_bytes += line.size();
  if (exchange_.header_bytes > kMaxHeaderBytes) {
    if (!exchange_.answered) exchange_.bad_answer = "the answer has more than 64 KB of headers";
    return false;
  }
  if (exchange_.answered) return true;  // a trailer
  if (line == "\r\n" || line == "\n") return end_of_headers();
  if (line.starts_with("HTTP/")) {  // another answer begins, after a 1xx
    exchange_.headers.clear();
    exchange_.head.clear();
    keeps_head_ = !is_success_line(line);
    exchange_.content_length.reset();
    exchange_.retry_after.clear();
    exchange_.location.clear();
    return true;
  }
  note_header(line);
  return exchange_.bad_answer.empty();
}

void Transfer::note_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const auto name = line.substr(0, colon);
  const auto value = trimmed(line.substr(colon + 1));
  if (request_.observe && exchange_.headers.size() < kKeptHeaders) {
    exchange_.headers.push_back(
        {std::string(name.substr(0, kKeptHeader)), std::string(value.substr(0, kKeptHeader))});
  }
  if (keeps_head_) keep_in_head(name, value);
  const auto keep = [&](std::string& kept) {
    if (kept.empty()) kept = value.substr(0, kKeptHeader);
  };
  if (is_header(name, "retry-after")) keep(exchange_.retry_after);
  if (is_header(name, "location")) keep(exchange_.location);
  if (!is_header(name, "content-length")) return;
  if (exchange_.content_length && *exchange_.content_length != value) {
    exchange_.bad_answer = "the answer has two different Content-Length headers";
  }
  exchange_.content_length = value;
}

void Transfer::keep_in_head(std::string_view name, std::string_view value) {
  std::string& head = exchange_.head;
  value = value.substr(0, kKeptHeadValue);
  if (head.size() + name.size() + value.size() + 3 > kKeptHead) return;
  if (!head.empty()) head += '\n';
  head.append(name).append(": ").append(value);
}

bool Transfer::end_of_headers() {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status == 101) exchange_.bad_answer = "the answer switches to another protocol";
  if (status < 200) return exchange_.bad_answer.empty();
  exchange_.status = static_cast<int>(status);
  exchange_.answered = true;
  // What follows is read only to keep the connection, and for the timeline.
  context_.deadlines.set(*this, place_, Steady::now() + kBodyGrace);
  return true;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = static_cast<Transfer*>(self)->exchange_;
  const std::string_view part(data, size * count);
  exchange.body += part.substr(0, kKeptBody - exchange.body.size());
  exchange.body_bytes += part.size();
  return exchange.body_bytes <= kMaxBodyBytes ? part.size() : 0;
}

bool Transfer::may_use(const Address& address) {
  const bool allow_private = destination_.target->allow_private;
  if (may_send_to(address, allow_private, context_.own_addresses)) return true;
  exchange_.refusal = explain_refusal(destination_.url.host, address, allow_private);
  return false;
}

// Of a new socket.
bool Transfer::may_connect_to(const Address& address) {
  if (!destination_.by_proxy) return may_use(address);
  if (context_.proxy->leads_to(address)) return true;
  exchange_.refusal = fmt::format("{} is not an address of the proxy {}", to_text(address),
                                  context_.proxy->proxy.text);
  return false;
}

// Of a connection, new or used before. Through the proxy it leads to the address that the proxy was
// asked for: libcurl uses no other one again.
bool Transfer::may_send_through(const Address& address) {
  if (!destination_.by_proxy) return may_use(address);
  return destination_.by_name || may_use(aimed_at_);
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* wanted) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto address = to_address(&wanted->addr);
  if (!address || !transfer.may_connect_to(*address)) return CURL_SOCKET_BAD;
  const int fd =
      socket(wanted->family, wanted->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, wanted->protocol);
  if (fd < 0) {
    transfer.exchange_.socket_error = errno;
    return CURL_SOCKET_BAD;
  }
  // libcurl closes a socket whose connect failed without telling anyone.
  transfer.context_.loop->forget(fd);
  return fd;
}

int Transfer::on_close_socket(void* loop, curl_socket_t fd) {
  static_cast<EventLoop*>(loop)->forget(fd);
  return close(fd);
}

// Called for new connections and for those used again, which open no socket.
int Transfer::on_ready_to_send(void* self, char* ip, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto address = parse_address(ip);
  if (!address || !transfer.may_send_through(*address)) return CURL_PREREQFUNC_ABORT;
  transfer.exchange_.reached = true;
  if (transfer.request_.observe) transfer.note_tls();
  // Nothing has been sent yet, and libcurl closes the connection.
  return transfer.request_.handshake_only ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

}  // namespace thig
