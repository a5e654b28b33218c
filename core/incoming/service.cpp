#include "core/incoming/service.h"

#include "core/base/thread.h"
#include "core/incoming/judgement.h"

#include <thread>

namespace thig {
namespace {

constexpr Millis look_for_changes{500};

// The limits of HttpServerOptions are those that are wanted here; these are the exceptions.
void set_limits(HttpServerOptions& server) {
  server.max_body = 25u << 20;
  server.max_per_address = 64;
  server.stop_grace = Millis{10'000};
}

class Assembled final : public IncomingService {
 public:
  Assembled(const Clock& clock, ServiceObserver& observer, std::unique_ptr<Store> store,
            std::unique_ptr<Doorbell> bell)
      : clock_(clock), observer_(observer), store_(std::move(store)), bell_(std::move(bell)) {}

  Status start(ServiceOptions options, const OpenStore& open_store, Random& random) {
    THIG_TRY_ASSIGN(table, HookTable::load(*store_, clock_.now().wall));
    THIG_TRY_ASSIGN(for_recording, open_store());
    on_look_ = std::move(options.on_look);
    auto recording = std::make_unique<Recording>(std::move(for_recording), clock_, random,
                                                 observer_, std::move(options.on_events));
    receiver_ =
        std::make_unique<Receiver>(std::move(options.receiver), clock_, recording->intake());
    receiver_->set_table(table);
    table_ = std::move(table);
    THIG_TRY(listen(std::move(options.server)));
    recording_ = std::move(recording);
    return {};
  }

  // What is waiting is answered while the server is still there.
  ~Assembled() override {
    if (receiver_) receiver_->finish();
    recording_.reset();
  }

  int port() const override { return server_->port(); }

  Status run() override {
    THIG_TRY(recording_->start());
    THIG_TRY_ASSIGN(serving, start_thread([this] {
                      server_->run();
                      ended_ = true;
                      bell_->ring();
                    }));
    while (!ended_) {
      bell_->wait(look_for_changes);
      if (on_look_) on_look_();
      look();
    }
    serving.join();
    return {};
  }

  void stop() noexcept override { server_->stop(); }

  Status reload(const std::string& certificate, const std::string& private_key) override {
    return server_->reload(certificate, private_key);
  }

 private:
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
    };
    THIG_TRY_ASSIGN(opened, open_http_server(server, [this](HttpRequest& request, Respond respond) {
                      receiver_->handle(request, std::move(respond));
                    }));
    server_ = std::move(opened);
    return {};
  }

  // What others have configured, and what has expired. An error leaves what is known in force; the
  // next look may do better.
  void look() {
    const Time now = clock_.now().wall;
    const auto version = store_->config_version();
    const bool stale = table_->stale_at() && *table_->stale_at() <= now;
    if (!version || (*version == table_->version() && !stale)) return;
    auto table = HookTable::load(*store_, now);
    if (!table) return observer_.stuck(table.error());
    table_ = *table;
    receiver_->set_table(std::move(*table));
  }

  const Clock& clock_;
  ServiceObserver& observer_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Doorbell> bell_;
  std::shared_ptr<const HookTable> table_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Recording> recording_;
  std::function<void()> on_look_;
  std::atomic<bool> ended_{false};
};

}  // namespace

Result<std::unique_ptr<IncomingService>> IncomingService::open(ServiceOptions options,
                                                               const OpenStore& open_store,
                                                               const Clock& clock, Random& random,
                                                               ServiceObserver& observer) {
  THIG_TRY_ASSIGN(store, open_store());
  THIG_TRY_ASSIGN(bell, open_private_doorbell());
  auto service = std::make_unique<Assembled>(clock, observer, std::move(store), std::move(bell));
  THIG_TRY(service->start(std::move(options), open_store, random));
  return service;
}

}  // namespace thig
