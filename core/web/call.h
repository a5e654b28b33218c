// A request to the HTTP API that may come in, as those who answer it see it.
#pragma once

#include "core/api/metrics_query.h"
#include "core/api/operator.h"
#include "core/api/test_flow.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/dispatch/emitter.h"
#include "core/model/api_key.h"
#include "core/model/member.h"
#include "core/net/http_server.h"
#include "core/rules/cookie.h"
#include "core/store/store.h"
#include "core/web/guesses.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thig {

// Who asks.
struct Caller {
  Member actor{};                 // in their role at this moment, through the key or the session
  Scopes scopes{};                // of the key; all of a session
  ApiKeyId key{};                 // 0: none was used
  SessionId session{};            // likewise
  Millis session_left{};          // until it ends if it is not used any more
  bool session_is_final = false;  // it ends then however much it is used
};

// What a header says that may be there once: nothing if it is not there, and an empty text if it is
// there more than once, so that none of them counts.
std::optional<std::string_view> header_said(const HttpRequest& request, std::string_view name);
// The value of a cookie (find_cookie).
std::optional<std::string_view> cookie_of(const HttpRequest& request, std::string_view name);

// The part of a URL behind the "?".
class Query {
 public:
  Query() = default;
  explicit Query(std::string_view target);

  // The first of that name; an empty value counts as none, as forms send it.
  std::optional<std::string> find(std::string_view name) const;
  // All of that name; each may be several, with commas between them.
  std::vector<std::string> list(std::string_view name) const;
  // `usage` for what is no whole number between these.
  Result<std::size_t> number(std::string_view name, std::size_t least, std::size_t most,
                             std::size_t otherwise) const;
  // The names that are there, each once.
  std::vector<std::string> names() const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Emitters that know who gets what, so that an event costs no look at all webhooks. One for each
// actor, of one store; the few that are not used for longest go.
class Emitters {
 public:
  // `most_keys` as of Emitter.
  Emitters(Store& store, const Clock& clock, std::optional<std::uint64_t> most_keys)
      : store_(store), clock_(clock), most_keys_(most_keys) {}
  Emitter& of(const Member& actor);

 private:
  struct Kept {
    Member actor;
    Emitter emitter;
  };
  Store& store_;
  const Clock& clock_;
  const std::optional<std::uint64_t> most_keys_;
  std::vector<std::unique_ptr<Kept>> kept_;  // the one used last is the last
};

// What the service knows of what is around it.
struct ServiceFacts {
  std::string version;      // of the program
  std::string base_path{};  // before all paths: "/hooks"; empty for none
  bool secure = false;      // browsers reach it by HTTPS
  SessionCookie cookie = SessionCookie({});
  // Whether events are delivered and there is room for more: `unavailable`, `full`.
  std::function<Status()> check_ready;
  // What metrics say beyond the database, as it is now. From any thread.
  std::function<MetricsSources()> metrics_sources{};
  // Tells this stream of changes from now on (LivePages::add).
  std::function<void(std::shared_ptr<HttpStream>, std::string_view seen)> watch{};
  // Sends a test and waits for what comes of it; `interrupted` at the end of the service.
  std::function<Result<TestReport>(PreparedTest, Store&)> send_test = {};
};

struct Call {
  const HttpRequest& request;
  const std::vector<std::string>& path;  // what stands in the places of the route, decoded
  Query query;
  const Caller& caller;
  Store& store;        // of the thread that answers
  Emitters& emitters;  // likewise
  const Clock& clock;
  Random& random;
  Guesses& guesses;
  const ServiceFacts& service;

  Time now() const { return clock.now().wall; }
  Operator by() const { return {.clock = clock, .random = random, .actor = caller.actor}; }
};

}  // namespace thig
