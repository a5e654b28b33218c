// The HTTP API as one table: what can be asked for, who may, and what comes back. The router, the
// description for clients (openapi.h) and the tests are made from it.
#pragma once

#include "core/base/error.h"
#include "core/model/api_key.h"
#include "core/net/http_server.h"
#include "core/web/call.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

using Handler = Result<HttpResponse> (*)(Call& call);
// Answers many requests at once, in their order.
using GatheringHandler = std::vector<Result<HttpResponse>> (*)(std::span<Call> calls);

// One name that a query may have.
struct QueryParameter {
  std::string_view name;
  std::string_view help;
  bool several = false;  // with commas between them, or more than once
};

// Which thread answers.
enum class Does {
  reads,   // one that only reads
  writes,  // the one that writes
  waits,   // one that may wait long for somebody else, and writes a little
};

struct Route {
  std::string_view method;
  std::string_view path;            // "/api/admin/webhooks/{webhook}"
  std::string_view operation = {};  // a name for it: "listWebhooks"; a page has none
  std::string_view summary = {};
  // What a key must reach, or a session, which reaches everything; nothing where nobody has to say
  // who they are.
  std::optional<Scope> scope;
  // The command of the same purpose, where keys are refused whatever their scopes: a key that got
  // into the wrong hands must not outlive itself. Empty: keys are let in.
  std::string_view by_session = {};
  Does does = Does::reads;
  std::span<const QueryParameter> query = {};
  std::string_view body = {};         // the schema of what is sent; empty: nothing is
  std::string_view answer = {};       // the schema of what comes back; empty: nothing does
  int status = 200;                   // on success
  int only_looks = 0;                 // where it was asked what it would do; 0: it cannot be asked
  Handler handle = nullptr;           // one of the two
  GatheringHandler gather = nullptr;  // where what waits is cheaper done together
  std::string_view body_type = "application/json";
  std::string_view answer_type = "application/json";
  std::size_t most_body = 2u << 20;
  bool counts_guesses = false;  // what is sent may be a guess at what opens something (Guesses)
};

// By path, then by method.
std::span<const Route> routes();

// What a request is for.
struct Match {
  const Route* route = nullptr;   // none: there is no such path, or not by this method
  std::vector<std::string> path;  // what stands in its places, decoded
  std::string allowed;            // the methods that the path has: "GET, POST"; empty: no such path
};
Match match_route(std::span<const Route> routes, std::string_view method, std::string_view target);

}  // namespace thig
