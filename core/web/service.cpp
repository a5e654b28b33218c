#include "core/web/service.h"

#include "core/base/codec.h"
#include "core/base/thread.h"
#include "core/base/waker.h"
#include "core/net/heartbeat.h"
#include "core/net/http_gzip.h"
#include "core/rules/origin.h"
#include "core/web/gate.h"
#include "core/web/gathering.h"
#include "core/web/live.h"
#include "core/web/problem.h"
#include "core/web/route.h"
#include "core/web/workers.h"

#include <atomic>
#include <exception>
#include <optional>
#include <span>
#include <thread>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr Millis look_around{500};
constexpr Millis uses_are_written{60'000};  // once in so long
constexpr int readers = 2;
constexpr std::size_t most_waiting_reads = 40;
constexpr std::size_t most_waiting_writes = 256;
constexpr std::size_t most_waiting_tests = 8;
constexpr std::size_t least_compressed = 1024;
constexpr int try_again_after = 1;  // seconds
constexpr Millis live_look{1'000};  // whether something has changed, while pages listen

// The limits of HttpServerOptions are those that are wanted here; these are the exceptions.
void set_limits(HttpServerOptions& server) {
  server.max_body = 16u << 20;
  server.max_connections = 1024;
  server.max_per_address = 256;
  server.stop_grace = Millis{10'000};
  // A job may wait for ten seconds (WorkQueue), and a receiver that is tested has a minute.
  server.answer_deadline = Millis{75'000};
}

HttpResponse too_busy() {
  return problem_answer(for_now(503, "BUSY", "too many requests are waiting", try_again_after));
}

// Only what anybody who may read sees, and what holds no secret: the length of a compressed answer
// tells something of what is in it, and an attacker may have put text of theirs beside it (BREACH).
HttpResponse compressed(const Route& route, const HttpRequest& request, HttpResponse answer) {
  const bool public_enough = route.method == "GET" && (!route.scope || *route.scope == Scope::read);
  if (!public_enough || answer.stream || answer.body.size() < least_compressed ||
      !accepts_gzip(request.header("accept-encoding"))) {
    return answer;
  }
  answer.body = gzip(answer.body);
  answer.headers.push_back({"content-encoding", "gzip"});
  answer.headers.push_back({"vary", "accept-encoding"});
  return answer;
}

// What takes no body is sent none, or an empty object.
std::optional<Problem> refuse_body(const HttpRequest& request, const Route& route) {
  if (!route.body.empty()) return std::nullopt;
  const std::string_view body = trimmed(request.body);
  if (body.empty() || body == "{}") return std::nullopt;
  return Problem{
      .status = 400, .code = "VALIDATION_ERROR", .text = "this request must not have a body"};
}

class Assembled final : public AdminService {
 public:
  Assembled(AdminOptions options, const Clock& clock, Random& random, AdminObserver& observer,
            std::unique_ptr<Waker> waker)
      : options_(std::move(options)),
        clock_(clock),
        random_(random),
        observer_(observer),
        waker_(std::move(waker)),
        surface_(options_.pages, options_.base_path),
        facts_(options_.facts),
        reach_{.tls = !options_.server.certificate.empty(),
               .public_url = options_.public_url,
               .proxy = options_.proxy,
               .port = 0,
               .base_path = options_.base_path},
        guesses_(clock, [this](const std::string& peer, std::string_view what,
                               const std::string& why) { observer_.refused(peer, what, why); }) {
    facts_.base_path = options_.base_path;
    facts_.secure = reach_.secure();
    facts_.watch = [this](std::shared_ptr<HttpStream> stream, std::string_view seen) {
      live_.add(std::move(stream), seen, clock_.now().steady);
    };
    facts_.send_test = [this](PreparedTest test, Store& store) {
      return options_.send_test(std::move(test), store, stopping_);
    };
  }

  Status start(const OpenStore& open_store) {
    THIG_TRY_ASSIGN(for_gate, open_store(false));
    gate_store_ = std::move(for_gate);
    gate_emitters_.emplace(*gate_store_, clock_, std::nullopt);
    gate_place_.emplace(WorkPlace{.store = *gate_store_, .emitters = *gate_emitters_});
    THIG_TRY_ASSIGN(for_live, open_store(false));
    live_store_ = std::move(for_live);
    THIG_TRY(listen());
    reading_ = std::make_unique<WorkQueue>(
        WorkQueue::Options{.name = "thig-read", .most_waiting = most_waiting_reads}, clock_);
    writing_ = std::make_unique<WorkQueue>(WorkQueue::Options{.name = "thig-write",
                                                              .most_waiting = most_waiting_writes,
                                                              .most_keys = options_.most_keys},
                                           clock_);
    gathering_ = std::make_unique<Gathering>(
        *writing_, clock_,
        [this](std::span<const Gathering::One> some, WorkPlace& place) {
          answer_together(some, place);
        },
        [](const Gathering::One& one) { one.respond(too_busy()); });
    for (int i = 0; i < readers; ++i) {
      THIG_TRY_ASSIGN(store, open_store(false));
      THIG_TRY(reading_->add_thread(std::move(store)));
    }
    waiting_ = std::make_unique<WorkQueue>(
        WorkQueue::Options{.name = "thig-wait", .most_waiting = most_waiting_tests}, clock_);
    THIG_TRY_ASSIGN(for_waiting, open_store(true));
    THIG_TRY(waiting_->add_thread(std::move(for_waiting)));
    THIG_TRY_ASSIGN(store, open_store(true));
    THIG_TRY(store->config().reload_key());  // told now, not at the first request
    return writing_->add_thread(std::move(store));
  }

  // What has begun ends, the rest is refused; the server is still there for that.
  ~Assembled() override {
    stopping_ = true;
    waiting_.reset();
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
    Millis looked = written;
    while (!ended_) {
      waker_->wait(look_around);
      if (options_.on_look) options_.on_look();
      heartbeat_.ask(*server_);
      const Millis now = clock_.now().steady;
      if (now - looked >= live_look && live_.anybody()) {
        look_for_changes();
        looked = now;
      }
      if (now - written < uses_are_written && !session_uses_.urgent()) continue;
      write_uses();
      written = now;
    }
    serving.join();
    return {};
  }

  void stop() noexcept override {
    stopping_ = true;
    server_->stop();
  }

  Status reload(const std::string& certificate, const std::string& private_key) override {
    return server_->reload(certificate, private_key);
  }

 private:
  Status listen() {
    HttpServerOptions server = options_.server;
    set_limits(server);
    server.admit = [this](const HttpRequest& request) { return gate_->admit(request); };
    server.refusal = [](int status, std::string_view code, std::string_view text) {
      if (status == 503)
        return problem_answer(for_now(status, code, std::string(text), try_again_after));
      return problem_answer(
          {.status = status, .code = std::string(code), .text = std::string(text)});
    };
    server.on_answer = [this](const HttpRequest& request, int status, Millis took) {
      note(request, status, took);
    };
    THIG_TRY_ASSIGN(opened, open_http_server(server, [this](HttpRequest& request, Respond respond) {
                      handle(request, std::move(respond));
                    }));
    server_ = std::move(opened);
    reach_.port = server_->port();
    facts_.cookie = reach_.cookie();
    gate_.emplace(
        *gate_store_, clock_, surface_, HostList(server_->port(), host_names()), reach_,
        GateNotes{.key_uses = key_uses_, .session_uses = session_uses_, .guesses = guesses_});
    return {};
  }

  // Those that were given, that of the public URL, and the address that it listens on, as a URL has
  // it.
  std::vector<std::string> host_names() const {
    std::vector<std::string> names = options_.hosts;
    if (!options_.public_url.empty()) names.push_back(host_of_url(options_.public_url));
    if (!options_.server.socket_path.empty()) return names;
    const std::string& address = options_.server.address;
    const bool bracketed = address.find(':') != address.npos;
    names.push_back(fmt::format("{}{}{}:{}", bracketed ? "[" : "", address, bracketed ? "]" : "",
                                server_->port()));
    return names;
  }

  void handle(HttpRequest& request, Respond respond) {
    const Route& route = *admitted(request).route;
    // The request is the server's, and only lent.
    auto kept = std::make_shared<const HttpRequest>(std::move(request));
    request = without_body(*kept);
    if (const auto refused = refuse_body(*kept, route)) {
      return respond(surface_.tell(*refused, *kept, admitted(*kept)));
    }
    if (!route.scope && route.does == Does::reads) return respond(answer(*kept, *gate_place_));
    if (route.gather) return gathering_->take(std::move(kept), std::move(respond));
    const bool taken =
        queue_of(route.does)
            .take(
                {.work = [this, kept, respond](WorkPlace& place) { respond(answer(*kept, place)); },
                 .drop = [respond] { respond(too_busy()); },
                 .bytes = kept->body.size()});
    if (!taken) respond(too_busy());
  }

  WorkQueue& queue_of(Does does) {
    switch (does) {
      case Does::reads:
        return *reading_;
      case Does::writes:
        return *writing_;
      case Does::waits:
        return *waiting_;
    }
    return *reading_;
  }

  static const Admitted& admitted(const HttpRequest& request) {
    return *static_cast<const Admitted*>(request.subject.get());
  }

  HttpResponse answer(const HttpRequest& request, WorkPlace& place) {
    Call call = call_of(request, place);
    return shown(request, admitted(request).route->handle(call));
  }
  // All are for the same route.
  void answer_together(std::span<const Gathering::One> some, WorkPlace& place) {
    try {
      std::vector<Call> calls;
      for (const Gathering::One& one : some) calls.push_back(call_of(*one.request, place));
      auto answers = admitted(*some.front().request).route->gather(calls);
      for (std::size_t i = 0; i < some.size(); ++i) {
        some[i].respond(shown(*some[i].request, std::move(answers[i])));
      }
    } catch (const std::exception&) {
      for (const Gathering::One& one : some) one.respond(too_busy());  // the first answer counts
    }
  }
  // What is this machine's own affair is for its log.
  HttpResponse shown(const HttpRequest& request, Result<HttpResponse> answer) {
    if (answer) return compressed(*admitted(request).route, request, std::move(*answer));
    if (status_of(answer.error().code) == 500) observer_.failed(answer.error());
    const Admitted& subject = admitted(request);
    return surface_.tell(problem_of(answer.error(), surface_.wording(subject)), request, subject);
  }

  Call call_of(const HttpRequest& request, WorkPlace& place) {
    return {.request = request,
            .path = admitted(request).path,
            .query = Query(request.target),
            .caller = admitted(request).caller,
            .store = place.store,
            .emitters = place.emitters,
            .clock = clock_,
            .random = random_,
            .guesses = guesses_,
            .service = facts_};
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

  // The trail says who was logged in; the log, by which of their sessions.
  static std::string via_of(const Caller& caller) {
    if (caller.session == SessionId{}) return caller.actor.via;
    return fmt::format("{} {}", caller.actor.via, to_text(caller.session));
  }

  void note(const HttpRequest& request, int status, Millis took) {
    const auto* admitted = static_cast<const Admitted*>(request.subject.get());
    observer_.answered({.client = request.peer,
                        .method = request.method,
                        .path = request.target.substr(0, request.target.find('?')),
                        .via = admitted == nullptr ? std::string() : via_of(admitted->caller),
                        .status = status,
                        .took = took});
  }

  // A number that costs microseconds; only while somebody listens.
  void look_for_changes() {
    const auto version = live_store_->queue().data_version();
    if (version) live_.look(*version, clock_.now().steady);
  }

  void write_uses() {
    write_down(key_uses_, [](Store& store, std::span<const ApiKeyUse> uses) {
      return store.api_keys().add_uses(uses);
    });
    write_down(session_uses_, [](Store& store, std::span<const SessionUse> uses) {
      return store.sessions().note_uses(uses);
    });
  }
  // What cannot be written down now is tried again with what comes next.
  template <class Use, class Write>
  void write_down(Uses<Use>& uses, Write write) {
    auto some = std::make_shared<std::vector<Use>>(uses.take());
    if (some->empty()) return;
    const bool taken = writing_->take({.work = [&uses, some, write](WorkPlace& place) {
      if (!write(place.store, *some)) uses.give_back(*some);
    }});
    if (!taken) uses.give_back(*some);
  }

  const AdminOptions options_;
  const Clock& clock_;
  Random& random_;
  AdminObserver& observer_;
  std::unique_ptr<Waker> waker_;
  const Surface surface_;
  ServiceFacts facts_;
  Reach reach_;
  Guesses guesses_;
  std::atomic<bool> stopping_{false};
  KeyUses key_uses_;
  SessionUses session_uses_;
  // Of the thread that called run.
  std::unique_ptr<Store> live_store_;
  LivePages live_{clock_.now().wall};
  // Of the server's thread, once that runs.
  std::unique_ptr<Store> gate_store_;
  std::optional<Emitters> gate_emitters_;
  std::optional<WorkPlace> gate_place_;
  std::optional<Gate> gate_;
  Heartbeat heartbeat_{options_.on_beat};
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<WorkQueue> waiting_;
  std::unique_ptr<WorkQueue> reading_;
  std::unique_ptr<WorkQueue> writing_;
  std::unique_ptr<Gathering> gathering_;  // for that
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
