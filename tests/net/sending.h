// Sending from a test: a real sender, certificates made on the spot, results waited for.
#pragma once

#include "core/net/certificate.h"
#include "core/net/curl_sender.h"
#include "core/net/sender.h"
#include "tests/support/hostile_receiver.h"
#include "tests/support/temp_dir.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace thig {

// Valid now, for 127.0.0.1, localhost and hooks.test; its file is the authority to trust.
struct Identity {
  Certificate certificate;
  std::string ca_file;
  std::string key_file;
};
const Identity& test_identity();
Identity make_identity(const std::vector<std::string>& names, Time now, Millis validity);
// TLS with test_identity.
ReceiverOptions tls_options();

Time wall_now();

// Private addresses allowed, test_identity trusted, 5 s.
std::shared_ptr<SendTarget> target_for(const std::string& url);

// A resolver of fixed answers; other names do not exist.
LookUp look_up_in(std::map<std::string, std::vector<std::string>> names);

// A port that answers no SYN: its queue of connections is full and nobody takes them.
class BlackHole {
 public:
  BlackHole(const std::string& address, int port);
  ~BlackHole();
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;

 private:
  std::vector<int> sockets_;
};

class TestSender {
 public:
  explicit TestSender(CurlSenderOptions options = {});

  void start(std::uint64_t ticket, std::shared_ptr<const SendTarget> target,
             std::string body = "{}", std::vector<Header> headers = {});
  // The next `count` results; fewer if they do not come in 10 s.
  std::vector<Finished> wait(std::size_t count);
  // One request and its result.
  Finished send(std::shared_ptr<const SendTarget> target, std::string body = "{}",
                std::vector<Header> headers = {});
  // The same, with all that was seen on the way.
  Finished observe(std::shared_ptr<const SendTarget> target);
  void interrupt() { sender_->interrupt(); }
  // What has come beyond what was waited for.
  std::size_t left_over();
  // How many sending threads have had results so far.
  std::size_t threads_used();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
  std::set<std::thread::id> threads_;
  std::unique_ptr<Sender> sender_;
  std::vector<Finished> finished_;
};

// "200", "timeout: …", "refused: …", "interrupted".
std::string text_of(const Finished& finished);
bool failed_with(const Finished& finished, FailureKind kind);
int status_of(const Finished& finished);  // 0 if there was no answer

}  // namespace thig
