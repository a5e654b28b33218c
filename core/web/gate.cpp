#include "core/web/gate.h"

#include "core/base/codec.h"
#include "core/rules/cidr.h"
#include "core/setup/api_keys.h"
#include "core/web/problem.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t most_counted_networks = 10'000;
constexpr int guesses_a_minute = 10;
constexpr int a_minute = 60;  // seconds
// Where there is no body, clients send "{}" all the same.
constexpr std::size_t most_of_nothing = 16;

HttpResponse no_such_path(const Match& match) {
  if (match.allowed.empty()) {
    return problem(404, "NOT_FOUND", "there is nothing at this path",
                   "see what there is: GET /api/openapi.json");
  }
  HttpResponse answer =
      problem(405, "METHOD_NOT_ALLOWED", fmt::format("this path has only {}", match.allowed));
  answer.headers.push_back({"allow", match.allowed});
  return answer;
}

// What a name in a Host header stands for, and its port; nothing for what is no such header.
struct HostPort {
  std::string_view host;
  std::string_view port;  // empty: the scheme's
};
HostPort split_host(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || text.find(']', colon) != text.npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

// "application/json", whatever parameters follow.
bool is_type(std::string_view header, std::string_view wanted) {
  return ascii_lower(trimmed(header.substr(0, header.find(';')))) == wanted;
}

std::optional<HttpResponse> refuse_query(const HttpRequest& request, const Route& route) {
  for (const std::string& name : Query(request.target).names()) {
    if (std::ranges::find(route.query, name, &QueryParameter::name) != route.query.end()) continue;
    std::string known;
    for (const QueryParameter& parameter : route.query) {
      known += known.empty() ? "there are " : ", ";
      known += parameter.name;
    }
    return problem(400, "VALIDATION_ERROR",
                   fmt::format("the parameter \"{}\" is not known here", printable(name)), known);
  }
  return std::nullopt;
}

// Which of two would count is for nobody to guess.
std::optional<HttpResponse> refuse_doubled(const HttpRequest& request) {
  for (const std::string_view name : {"authorization", "content-type", "idempotency-key"}) {
    if (std::ranges::count(request.headers, name, &Header::name) > 1) {
      return problem(400, "BAD_REQUEST", fmt::format("the header {} is there twice", name));
    }
  }
  return std::nullopt;
}

bool has_body(const HttpRequest& request) {
  const std::string_view length = request.header("content-length");
  return !request.header("transfer-encoding").empty() || (!length.empty() && length != "0");
}

std::optional<HttpResponse> refuse_form(const HttpRequest& request, const Route& route) {
  if (auto refused = refuse_query(request, route)) return refused;
  if (route.body.empty() || !has_body(request) ||
      is_type(request.header("content-type"), route.body_type)) {
    return std::nullopt;
  }
  return problem(415, "UNSUPPORTED_MEDIA_TYPE",
                 fmt::format("send it with: content-type: {}", route.body_type));
}

}  // namespace

HostList::HostList(int port, std::vector<std::string> names)
    : port_(port), names_(std::move(names)) {
  for (std::string& name : names_) name = ascii_lower(name);
}

bool HostList::allows(std::string_view host) const {
  const std::string lower = ascii_lower(host);
  const HostPort asked = split_host(lower);
  if (is_loopback(asked.host) && (asked.port.empty() || asked.port == std::to_string(port_))) {
    return true;
  }
  // One that is listed without a port may be asked for at any: a proxy's is not ours.
  return std::ranges::any_of(names_, [&](const std::string& name) {
    const HostPort listed = split_host(name);
    return listed.host == asked.host && (listed.port.empty() || listed.port == asked.port);
  });
}

void KeyUses::note(ApiKeyId key, Time now) {
  const std::scoped_lock lock(mutex_);
  ApiKeyUse& use = uses_[key];
  use.id = key;
  ++use.requests;
  use.last = std::max(use.last, now);
}

std::vector<ApiKeyUse> KeyUses::take() {
  const std::scoped_lock lock(mutex_);
  std::vector<ApiKeyUse> uses;
  for (const auto& [id, use] : uses_) uses.push_back(use);
  uses_.clear();
  return uses;
}

void KeyUses::give_back(std::span<const ApiKeyUse> uses) {
  const std::scoped_lock lock(mutex_);
  for (const ApiKeyUse& use : uses) {
    ApiKeyUse& sum = uses_[use.id];
    sum.id = use.id;
    sum.requests += use.requests;
    sum.last = std::max(sum.last, use.last);
  }
}

Gate::Gate(Store& store, const Clock& clock, HostList hosts, KeyUses& uses, GateReports reports)
    : store_(store),
      clock_(clock),
      hosts_(std::move(hosts)),
      uses_(uses),
      reports_(std::move(reports)) {}

Admission Gate::admit(const HttpRequest& request) {
  if (!hosts_.allows(request.header("host"))) {
    return {.refusal = problem(421, "MISDIRECTED", "this server is not known by that name",
                               "serve-admin takes more names with --allow-host")};
  }
  if (auto refused = refuse_doubled(request)) return {.refusal = std::move(refused)};
  Match match = match_route(routes(), request.method, request.target);
  if (match.route == nullptr) return {.refusal = no_such_path(match)};
  auto admitted = std::make_shared<Admitted>(
      Admitted{.route = match.route, .path = std::move(match.path), .caller = {}});
  // Whose request is refused stands in the log, too, where that is known.
  std::optional<HttpResponse> refused;
  if (match.route->scope) refused = authenticate(request, *admitted);
  if (!refused) refused = refuse_form(request, *match.route);
  if (refused) return {.refusal = std::move(refused), .subject = std::move(admitted)};
  return {.max_body = match.route->body.empty() ? most_of_nothing : match.route->most_body,
          .accounts = {to_text(admitted->caller.key)},
          .subject = std::move(admitted)};
}

// Bearer keys alone: what a browser would send along by itself is not looked at.
std::optional<HttpResponse> Gate::authenticate(const HttpRequest& request, Admitted& admitted) {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view header = request.header("authorization");
  if (ascii_lower(header.substr(0, scheme.size())) != scheme) {
    HttpResponse answer = problem(401, "UNAUTHORIZED", "a key is needed",
                                  "send it as: Authorization: Bearer thig_…; `thig-hooks keys add` "
                                  "makes one");
    answer.headers.push_back({"www-authenticate", "Bearer"});
    return answer;
  }
  const std::string_view text = trimmed(header.substr(scheme.size()));
  if (!is_api_key(text)) return refuse_key(request, "it does not have the form of a key");
  const Time now = clock_.now().wall;
  const auto found = store_.api_keys().find_by_hash(api_key_hash(text));
  if (!found) return problem(found.error());
  if (!*found) return refuse_key(request, "nobody has this key");
  const ApiKey& key = **found;
  if (const KeyFault fault = fault_of(key, now); fault != KeyFault::none) {
    return refuse_key(request,
                      fmt::format("the key {} {}", key.name,
                                  fault == KeyFault::expired ? "has expired" : "is disabled"));
  }
  const auto members = store_.config().members();
  if (!members) return problem(members.error());
  const auto member = std::ranges::find(*members, key.member, &Member::name);
  if (member == members->end()) {
    return refuse_key(request, fmt::format("{} is not a member any more", printable(key.member)));
  }
  admitted.caller = {.actor = *member, .scopes = key.scopes, .key = key.id};
  admitted.caller.actor.via = "key " + key.name;
  if (auto refused = refuse_rate(key)) return refused;
  uses_.note(key.id, now);
  if (key.scopes.has(*admitted.route->scope)) return std::nullopt;
  return problem(403, "FORBIDDEN",
                 fmt::format("the key {} does not have the scope {}", key.name,
                             to_text(*admitted.route->scope)),
                 fmt::format("it has {}; a member makes another one with `thig-hooks keys add`",
                             fmt::join(key.scopes.names(), ", ")));
}

HttpResponse Gate::refuse_key(const HttpRequest& request, const std::string& why) {
  if (guesses_.size() >= most_counted_networks) guesses_.clear();
  TokenBucket& bucket = guesses_
                            .try_emplace(network_of(request.peer),
                                         double{guesses_a_minute} / a_minute, guesses_a_minute)
                            .first->second;
  // Guessing is hopeless; whoever tries is told less often why, and fills no log. Those with a key
  // that opens something are not held up, whoever shares their address.
  if (bucket.wait(clock_.now().steady) > Millis{0}) {
    return problem_for_now(429, "RATE_LIMITED", "too many refused keys came from this address",
                           a_minute / guesses_a_minute);
  }
  bucket.take();
  reports_.refused(request.peer, why);
  HttpResponse answer = problem(401, "UNAUTHORIZED", "this key opens nothing: " + why,
                                "`thig-hooks keys` lists the keys and their states");
  answer.headers.push_back({"www-authenticate", R"(Bearer error="invalid_token")"});
  return answer;
}

std::optional<HttpResponse> Gate::refuse_rate(const ApiKey& key) {
  const double per_second = double(key.rate) / a_minute;
  auto [entry, fresh] = rates_.try_emplace(key.id, per_second, double(key.rate));
  if (!fresh && entry->second.rate() != per_second) {
    entry->second = TokenBucket(per_second, double(key.rate));
  }
  const Millis wait = entry->second.wait(clock_.now().steady);
  if (wait == Millis{0}) {
    entry->second.take();
    return std::nullopt;
  }
  const auto seconds = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(wait).count());
  return problem_for_now(
      429, "RATE_LIMITED",
      fmt::format("the key {} may make {} requests a minute", key.name, key.rate), seconds);
}

}  // namespace thig
