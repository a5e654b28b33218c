#include "core/incoming/service.h"

#include "core/base/thread.h"
#include "core/base/waker.h"
#include "core/incoming/verdict.h"
#include "core/net/heartbeat.h"

#include <new>
#include <thread>

namespace thig {
namespace {

constexpr Millis look_around{500};
constexpr int most_rounds = 32;        // a millisecond or so
constexpr Millis last_answers{1'000};  // of a service whose database has broken

// The limits of HttpServerOptions are those that are wanted here; these are the exceptions.
void set_limits(HttpServerOptions& server) {
  server.max_body = 25u << 20;
  server.max_per_address = 64;
  server.stop_grace = Millis{10'000};
}

class Assembled final : public IncomingService {
 public:
  Assembled(const Clock& clock, ServiceObserver& observer, std::unique_ptr<Store> store,
            std::unique_ptr<Waker> waker)
      : clock_(clock), observer_(observer), store_(std::move(store)), waker_(std::move(waker)) {}

  Status start(ServiceOptions options, const OpenStore& open_store, Random& random) {
    THIG_TRY(store_->config().reload_key());  // told now, not at the first request
    THIG_TRY_ASSIGN(for_recording, open_store());
    THIG_TRY_ASSIGN(for_acting, open_store());
    on_look_ = std::move(options.on_look);
    heartbeat_.emplace(std::move(options.on_beat));
    acting_ =
        std::make_unique<Acting>(std::move(for_acting), clock_, random, turns_, health_, observer_);
    auto recording = std::make_unique<Recording>(std::move(for_recording), clock_, random, turns_,
                                                 health_, observer_, neighbours());
    hooks_ = std::make_unique<CurrentHooks>(store_->config(), store_->incoming(), clock_,
                                            [this](const Error& error) { lost_sight(error); });
    receiver_ = std::make_unique<Receiver>(std::move(options.receiver), clock_, *hooks_,
                                           recording->intake(), health_);
    THIG_TRY(listen(std::move(options.server)));
    recording_ = std::move(recording);
    return {};
  }

  // What is waiting is answered while the server is still there.
  ~Assembled() override {
    if (receiver_) receiver_->finish();
    recording_.reset();
    acting_.reset();
  }

  int port() const override { return server_->port(); }

  Status run() override {
    THIG_TRY(recording_->start());
    THIG_TRY(acting_->start());
    THIG_TRY_ASSIGN(serving, start_thread([this] {
                      server_->run();
                      ended_ = true;
                      waker_->wake();
                    }));
    std::optional<Millis> stops_at;  // on the steady clock
    while (!ended_) {
      waker_->wait(look_around);
      if (on_look_) on_look_();
      heartbeat_->ask(*server_);
      if (!health_.broken()) continue;
      // Whoever sends just now is told to come again, rather than cut off.
      const Millis now = clock_.now().steady;
      if (!stops_at) stops_at = now + last_answers;
      if (now >= *stops_at) server_->stop();
    }
    serving.join();
    if (auto broken = health_.broken()) return std::unexpected(std::move(*broken));
    return {};
  }

  void stop() noexcept override { server_->stop(); }

  void reconfigure(ReceiverOptions options) override {
    receiver_->reconfigure(std::move(options));
    told_of_forwarding_ = false;
  }

  Status reload(const std::string& certificate, const std::string& private_key) override {
    return server_->reload(certificate, private_key);
  }

 private:
  IntakeNeighbours neighbours() {
    return {.on_arrival = [this] { gather(0, 0); },
            .wake = {},
            .answer = [this](std::function<void()> answers) { server_->post(std::move(answers)); },
            .owns_actions = [this] { return acting_->owns_actions(); },
            .on_pending = [this] { acting_->wake(); }};
  }

  // As long as each round of the server brings more requests they are recorded together, instead of
  // the first alone and the others after that.
  void gather(std::size_t before, int rounds) {
    try {
      server_->post([this, before, rounds] {
        const std::size_t arrived = recording_->intake().arriving();
        if (arrived > before && rounds < most_rounds) return gather(arrived, rounds + 1);
        recording_->intake().hand_over();
      });
    } catch (const std::bad_alloc&) {
      recording_->intake().hand_over();  // nobody else would
    }
  }

  // The configuration could not be read.
  void lost_sight(const Error& error) {
    health_.note(std::unexpected(error));
    if (!health_.broken()) observer_.stuck(error);
  }

  Status listen(HttpServerOptions server) {
    set_limits(server);
    server.admit = [this](const HttpRequest& request) { return receiver_->admit(request); };
    server.is_trusted = [this](const std::string& peer) { return receiver_->is_trusted(peer); };
    server.on_answer = [this](const HttpRequest& request, int status, Millis took) {
      observer_.answered({.client = receiver_->client_of(request),
                          .method = request.method,
                          .target = redacted_target(request.target),
                          .webhook = receiver_->name_of(request),
                          .status = status,
                          .took = took});
      if (!told_of_forwarding_ && receiver_->ignores_forwarded_for(request)) {
        told_of_forwarding_ = true;
        observer_.ignored_forwarded_for(request.peer);
      }
    };
    THIG_TRY_ASSIGN(opened, open_http_server(server, [this](HttpRequest& request, Respond respond) {
                      receiver_->handle(request, std::move(respond));
                    }));
    server_ = std::move(opened);
    return {};
  }

  const Clock& clock_;
  ServiceObserver& observer_;
  std::unique_ptr<Store> store_;  // of the server's thread, once that runs
  std::unique_ptr<Waker> waker_;
  Turns turns_;
  ServiceHealth health_{clock_, [this] { waker_->wake(); }};
  std::unique_ptr<CurrentHooks> hooks_;
  std::unique_ptr<Receiver> receiver_;
  std::optional<Heartbeat> heartbeat_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Acting> acting_;
  std::unique_ptr<Recording> recording_;
  std::function<void()> on_look_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> told_of_forwarding_{false};
};

}  // namespace

Result<std::unique_ptr<IncomingService>> IncomingService::open(ServiceOptions options,
                                                               const OpenStore& open_store,
                                                               const Clock& clock, Random& random,
                                                               ServiceObserver& observer) {
  THIG_TRY_ASSIGN(store, open_store());
  THIG_TRY_ASSIGN(waker, make_waker());
  auto service = std::make_unique<Assembled>(clock, observer, std::move(store), std::move(waker));
  THIG_TRY(service->start(std::move(options), open_store, random));
  return service;
}

}  // namespace thig
