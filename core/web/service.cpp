#include "core/web/service.h"

#include "core/base/thread.h"
#include "core/base/waker.h"
#include "core/web/gate.h"
#include "core/web/problem.h"
#include "core/web/route.h"
#include "core/web/workers.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <thread>

namespace thig {
namespace {

constexpr Millis look_around{500};
constexpr Millis uses_are_written{60'000};  // once in so long
constexpr int readers = 2;
constexpr std::size_t most_waiting_reads = 40;
constexpr std::size_t most_waiting_writes = 256;
constexpr std::size_t most_gathered = 1024;
constexpr std::size_t gathered_at_once = 256;
constexpr int soon = 1;  // seconds, for Retry-After

// The limits of HttpServerOptions are those that are wanted here; these are the exceptions.
void set_limits(HttpServerOptions& server) {
  server.max_body = 16u << 20;
  server.max_connections = 1024;
  server.max_per_address = 256;
  server.stop_grace = Millis{10'000};
}

HttpResponse too_busy() {
  return problem_for_now(503, "BUSY", "too much is waiting to be answered", soon);
}

HttpResponse no_memory() {
  return problem_for_now(503, "UNAVAILABLE", "there is no memory for this now", soon);
}

HttpResponse answer_of(Call& call, const Route& route) {
  try {
    auto answer = route.handle(call);
    return answer ? std::move(*answer) : problem(answer.error());
  } catch (const std::exception&) {
    return no_memory();
  }
}

class Assembled final : public AdminService {
 public:
  Assembled(AdminOptions options, const Clock& clock, Random& random, AdminObserver& observer,
            std::unique_ptr<Waker> waker)
      : options_(std::move(options)),
        clock_(clock),
        random_(random),
        observer_(observer),
        waker_(std::move(waker)) {}

  Status start(const OpenStore& open_store) {
    THIG_TRY_ASSIGN(for_gate, open_store(false));
    gate_store_ = std::move(for_gate);
    THIG_TRY(listen());
    reading_ = std::make_unique<WorkQueue>(
        WorkQueue::Options{.name = "thig-read", .most_waiting = most_waiting_reads}, clock_);
    writing_ = std::make_unique<WorkQueue>(WorkQueue::Options{.name = "thig-write",
                                                              .most_waiting = most_waiting_writes,
                                                              .most_keys = options_.most_keys},
                                           clock_);
    for (int i = 0; i < readers; ++i) {
      THIG_TRY_ASSIGN(store, open_store(false));
      THIG_TRY(reading_->add_thread(std::move(store)));
    }
    THIG_TRY_ASSIGN(store, open_store(true));
    THIG_TRY(store->config().reload_key());  // told now, not at the first request
    return writing_->add_thread(std::move(store));
  }

  // What is waiting is answered while the server is still there.
  ~Assembled() override {
    reading_.reset();
    write_uses();
    writing_.reset();
  }

  int port() const override { return server_->port(); }

  Status run() override {
    THIG_TRY_ASSIGN(serving, start_thread([this] {
                      server_->run();
                      ended_ = true;
                      waker_->wake();
                    }));
    Millis written = clock_.now().steady;
    while (!ended_) {
      waker_->wait(look_around);
      if (options_.on_look) options_.on_look();
      const Millis now = clock_.now().steady;
      if (now - written < uses_are_written) continue;
      write_uses();
      written = now;
    }
    serving.join();
    return {};
  }

  void stop() noexcept override { server_->stop(); }

  Status reload(const std::string& certificate, const std::string& private_key) override {
    return server_->reload(certificate, private_key);
  }

 private:
  Status listen() {
    HttpServerOptions server = options_.server;
    set_limits(server);
    server.admit = [this](const HttpRequest& request) { return gate_->admit(request); };
    server.on_answer = [this](const HttpRequest& request, int status, Millis took) {
      note(request, status, took);
    };
    THIG_TRY_ASSIGN(opened, open_http_server(server, [this](HttpRequest& request, Respond respond) {
                      handle(request, std::move(respond));
                    }));
    server_ = std::move(opened);
    gate_.emplace(*gate_store_, clock_, HostList(server_->port(), options_.hosts), uses_,
                  GateReports{.refused = [this](const std::string& peer, const std::string& why) {
                    observer_.refused(peer, why);
                  }});
    return {};
  }

  void handle(HttpRequest& request, Respond respond) {
    const auto* admitted = static_cast<const Admitted*>(request.subject.get());
    const bool writes = admitted->route->writes;
    // The request is the server's, and only lent.
    auto kept = std::make_shared<const HttpRequest>(std::move(request));
    request = without_body(*kept);
    if (admitted->route->gather) return gather({.request = kept, .respond = std::move(respond)});
    const bool taken =
        (writes ? writing_ : reading_)->take([this, kept, respond](WorkPlace& place) {
          Call call = call_of(*kept, place);
          respond(answer_of(call, *route_of(*kept)));
        });
    if (!taken) respond(too_busy());
  }

  // A request that is answered together with others.
  struct Gathered {
    std::shared_ptr<const HttpRequest> request;
    Respond respond;
  };

  // While one transaction is made, the requests for the next gather.
  void gather(Gathered one) {
    bool first = false;
    {
      const std::scoped_lock lock(gathering_);
      if (gathered_.size() >= most_gathered) return one.respond(too_busy());
      first = gathered_.empty();
      gathered_.push_back(std::move(one));
    }
    if (first) go_on_gathered();
  }
  void go_on_gathered() {
    if (writing_->take([this](WorkPlace& place) { answer_gathered(place); })) return;
    for (const Gathered& one : take_some(most_gathered).some) one.respond(too_busy());
  }
  void answer_gathered(WorkPlace& place) {
    const Taken taken = take_some(gathered_at_once);
    if (!taken.some.empty()) answer_together(taken.some, place);
    if (taken.more) go_on_gathered();
  }
  struct Taken {
    std::vector<Gathered> some;
    bool more = false;  // are left, which nobody else goes on with
  };
  Taken take_some(std::size_t most) {
    const std::scoped_lock lock(gathering_);
    const auto end = gathered_.begin() + static_cast<long>(std::min(most, gathered_.size()));
    Taken taken{.some = {std::move_iterator(gathered_.begin()), std::move_iterator(end)}};
    gathered_.erase(gathered_.begin(), end);
    taken.more = !gathered_.empty();
    return taken;
  }

  // All are for the same route.
  void answer_together(const std::vector<Gathered>& some, WorkPlace& place) {
    try {
      std::vector<Call> calls;
      for (const Gathered& one : some) calls.push_back(call_of(*one.request, place));
      auto answers = route_of(*some.front().request)->gather(calls);
      for (std::size_t i = 0; i < some.size(); ++i) {
        some[i].respond(answers[i] ? std::move(*answers[i]) : problem(answers[i].error()));
      }
    } catch (const std::exception&) {
      for (const Gathered& one : some) one.respond(no_memory());  // the first answer counts
    }
  }

  static const Route* route_of(const HttpRequest& request) {
    return static_cast<const Admitted*>(request.subject.get())->route;
  }
  Call call_of(const HttpRequest& request, WorkPlace& place) {
    const auto& admitted = *static_cast<const Admitted*>(request.subject.get());
    return {.request = request,
            .path = admitted.path,
            .query = Query(request.target),
            .caller = admitted.caller,
            .store = place.store,
            .emitters = place.emitters,
            .clock = clock_,
            .random = random_,
            .service = options_.facts};
  }

  // What the access log needs of it.
  static HttpRequest without_body(const HttpRequest& request) {
    return {.method = request.method,
            .target = request.target,
            .headers = {},
            .body = {},
            .peer = request.peer,
            .subject = request.subject};
  }

  void note(const HttpRequest& request, int status, Millis took) {
    const auto* admitted = static_cast<const Admitted*>(request.subject.get());
    observer_.answered({.client = request.peer,
                        .method = request.method,
                        .path = request.target.substr(0, request.target.find('?')),
                        .via = admitted == nullptr ? std::string() : admitted->caller.actor.via,
                        .status = status,
                        .took = took});
  }

  // What cannot be written down now is tried again with what comes next.
  void write_uses() {
    auto uses = std::make_shared<std::vector<ApiKeyUse>>(uses_.take());
    if (uses->empty()) return;
    const bool taken = writing_->take([this, uses](WorkPlace& place) {
      if (!place.store.api_keys().add_uses(*uses)) uses_.give_back(*uses);
    });
    if (!taken) uses_.give_back(*uses);
  }

  const AdminOptions options_;
  const Clock& clock_;
  Random& random_;
  AdminObserver& observer_;
  std::unique_ptr<Waker> waker_;
  KeyUses uses_;
  std::unique_ptr<Store> gate_store_;  // of the server's thread, once that runs
  std::optional<Gate> gate_;
  std::unique_ptr<HttpServer> server_;
  std::mutex gathering_;  // of the next
  std::deque<Gathered> gathered_;
  std::unique_ptr<WorkQueue> reading_;
  std::unique_ptr<WorkQueue> writing_;
  std::atomic<bool> ended_{false};
};

}  // namespace

Result<std::unique_ptr<AdminService>> AdminService::open(AdminOptions options,
                                                         const OpenStore& open_store,
                                                         const Clock& clock, Random& random,
                                                         AdminObserver& observer) {
  THIG_TRY_ASSIGN(waker, make_waker());
  auto service =
      std::make_unique<Assembled>(std::move(options), clock, random, observer, std::move(waker));
  THIG_TRY(service->start(open_store));
  return service;
}

}  // namespace thig
