#include "tests/net/sending.h"

#include <fstream>
#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace thig {

Time wall_now() {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

Identity make_identity(const std::vector<std::string>& names, Time now, Millis validity) {
  static TempDir folder;
  static int made = 0;
  auto certificate = make_self_signed(names, now, validity);
  REQUIRE(certificate.has_value());
  Identity identity{std::move(*certificate), folder.path(std::to_string(made) + ".pem"),
                    folder.path(std::to_string(made) + ".key")};
  ++made;
  std::ofstream(identity.ca_file) << identity.certificate.certificate;
  std::ofstream(identity.key_file) << identity.certificate.private_key;
  return identity;
}

const Identity& test_identity() {
  static const Identity identity =
      make_identity({"localhost", "127.0.0.1", "hooks.test"}, wall_now(), std::chrono::hours(24));
  return identity;
}

ReceiverOptions tls_options() {
  ReceiverOptions options;
  options.certificate = test_identity().certificate;
  return options;
}

std::shared_ptr<SendTarget> target_for(const std::string& url) {
  auto target = std::make_shared<SendTarget>();
  target->endpoint = {1};
  target->url = url;
  target->allow_private = true;
  target->ca_file = test_identity().ca_file;
  target->timeout = Millis{5'000};
  return target;
}

LookUp look_up_in(std::map<std::string, std::vector<std::string>> names) {
  return [names = std::move(names)](const std::string& host) -> Result<std::vector<Address>> {
    const auto found = names.find(host);
    if (found == names.end()) return fail(ErrorCode::network, "no such name");
    std::vector<Address> addresses;
    for (const auto& text : found->second) addresses.push_back(parse_address(text).value());
    return addresses;
  };
}

BlackHole::BlackHole(const std::string& address, int port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  const auto* generic = reinterpret_cast<const sockaddr*>(&where);
  sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(bind(sockets_[0], generic, sizeof where) == 0);
  REQUIRE(listen(sockets_[0], 0) == 0);
  // Until one does not come through at once: on the loopback that means not at all.
  for (bool full = false; !full;) {
    sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    connect(sockets_.back(), generic, sizeof where);
    pollfd wanted{sockets_.back(), POLLOUT, 0};
    full = poll(&wanted, 1, 20) == 0;
  }
}

BlackHole::~BlackHole() {
  for (int fd : sockets_) close(fd);
}

TestSender::TestSender(CurlSenderOptions options) {
  options.user_agent = "thig-hooks/test";
  auto sender = open_curl_sender(std::move(options), [this] {
    const std::scoped_lock lock(mutex_);
    rung_ = true;
    threads_.insert(std::this_thread::get_id());
    changed_.notify_one();
  });
  REQUIRE(sender.has_value());
  sender_ = std::move(*sender);
}

std::size_t TestSender::threads_used() {
  const std::scoped_lock lock(mutex_);
  return threads_.size();
}

void TestSender::start(std::uint64_t ticket, std::shared_ptr<const SendTarget> target,
                       std::string body, std::vector<Header> headers) {
  sender_->start({ticket, std::move(target), std::move(headers),
                  std::make_shared<const std::string>(std::move(body))});
}

std::vector<Finished> TestSender::wait(std::size_t count) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    sender_->take(finished_);
    if (finished_.size() >= count) break;
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, until, [this] { return std::exchange(rung_, false); })) break;
  }
  const auto taken = static_cast<std::ptrdiff_t>(std::min(count, finished_.size()));
  std::vector<Finished> result(std::make_move_iterator(finished_.begin()),
                               std::make_move_iterator(finished_.begin() + taken));
  finished_.erase(finished_.begin(), finished_.begin() + taken);
  return result;
}

Finished TestSender::send(std::shared_ptr<const SendTarget> target, std::string body,
                          std::vector<Header> headers) {
  start(1, std::move(target), std::move(body), std::move(headers));
  auto finished = wait(1);
  REQUIRE(finished.size() == 1);
  return std::move(finished.front());
}

Finished TestSender::observe(std::shared_ptr<const SendTarget> target) {
  sender_->start({.ticket = 1,
                  .target = std::move(target),
                  .headers = {},
                  .body = std::make_shared<const std::string>("{}"),
                  .observe = true});
  auto finished = wait(1);
  REQUIRE(finished.size() == 1);
  return std::move(finished.front());
}

std::size_t TestSender::left_over() {
  sender_->take(finished_);
  return finished_.size();
}

std::string text_of(const Finished& finished) {
  return describe(finished.outcome);
}

bool failed_with(const Finished& finished, FailureKind kind) {
  const auto* failed = std::get_if<TransportFailed>(&finished.outcome);
  return failed != nullptr && failed->kind == kind;
}

int status_of(const Finished& finished) {
  const auto* responded = std::get_if<Responded>(&finished.outcome);
  return responded != nullptr ? responded->status : 0;
}

}  // namespace thig
