#include "core/net/curl_sender.h"

#include "core/net/curl_library.h"
#include "core/net/descriptors.h"
#include "core/net/sending_thread.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

// How many more requests an endpoint's own thread may have under way than the one that has fewest.
constexpr std::size_t kKeptApart = 8;
// Of a pool. Less than the transfers at once (the dispatcher's cap is 1024) would mean a new
// handshake for each.
constexpr std::size_t kMostConnections = 1'280;

class CurlSender final : public Sender {
 public:
  CurlSender(CurlSenderOptions options, std::function<void()> on_finished)
      : on_finished_(std::move(on_finished)),
        resolver_(std::make_unique<ResolverPool>(
            std::move(options.look_up), options.resolver_threads, options.resolve_cache)) {}

  ~CurlSender() override {
    for (auto& thread : threads_) thread->stop();
    resolver_.reset();  // it calls into the threads until it is gone
  }

  Status open_threads(const CurlSenderOptions& options) {
    const int threads = std::max(options.threads, 1);
    // All of them are file descriptors.
    const std::size_t most_connections = std::min(
        kMostConnections, descriptors_for_connections() / static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) {
      THIG_TRY_ASSIGN(loop, EventLoop::open());
      threads_.push_back(std::make_unique<SendingThread>(
          std::move(loop), *resolver_,
          SendingSetup{.user_agent = options.user_agent,
                       .most_connections = most_connections,
                       .proxy = options.proxy},
          [this](std::vector<Finished>& finished) { deliver(finished); }));
    }
    return {};
  }

  void start(SendRequest request) override {
    thread_for(request.target->endpoint).start(std::move(request));
  }

  void take(std::vector<Finished>& out) override {
    std::vector<Finished> taken;
    {
      const std::scoped_lock lock(mutex_);
      taken.swap(finished_);
    }
    out.insert(out.end(), std::move_iterator(taken.begin()), std::move_iterator(taken.end()));
  }

  std::size_t most_at_once() const override { return descriptors_for_connections(); }

  void interrupt() override {
    for (auto& thread : threads_) thread->interrupt();
  }

 private:
  // An endpoint keeps to its own thread, whose connections are open, unless that has so many more
  // under way than another that new connections are worth it: one hot endpoint uses all threads.
  SendingThread& thread_for(EndpointId endpoint) {
    SendingThread& own = *threads_[static_cast<std::uint64_t>(endpoint.value) % threads_.size()];
    const auto idlest = std::ranges::min_element(threads_, {}, &SendingThread::under_way);
    return own.under_way() < (*idlest)->under_way() + kKeptApart ? own : **idlest;
  }

  void deliver(std::vector<Finished>& finished) {
    {
      const std::scoped_lock lock(mutex_);
      finished_.insert(finished_.end(), std::move_iterator(finished.begin()),
                       std::move_iterator(finished.end()));
    }
    if (on_finished_) on_finished_();
  }

  std::function<void()> on_finished_;
  std::mutex mutex_;
  std::vector<Finished> finished_;
  std::unique_ptr<ResolverPool> resolver_;
  std::vector<std::unique_ptr<SendingThread>> threads_;
};

}  // namespace

Result<std::unique_ptr<Sender>> open_curl_sender(const CurlSenderOptions& options,
                                                 std::function<void()> on_finished) {
  THIG_TRY(load_curl_library());
  allow_many_descriptors();
  try {
    auto sender = std::make_unique<CurlSender>(options, std::move(on_finished));
    THIG_TRY(sender->open_threads(options));
    return sender;
  } catch (const std::system_error& error) {
    return fail(ErrorCode::network, fmt::format("cannot start a sending thread: {}", error.what()),
                "raise the limit of processes (ulimit -u)");
  }
}

}  // namespace thig
