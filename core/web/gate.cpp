#include "core/web/gate.h"

#include "core/base/codec.h"
#include "core/rules/origin.h"
#include "core/rules/token.h"
#include "core/setup/api_keys.h"
#include "core/setup/sessions.h"
#include "core/web/problem.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int a_minute = 60;  // seconds
// A session that ends so soon is kept open by a use that is written down at once.
constexpr Millis hurry = std::chrono::minutes(5);
// Where there is no body, clients send "{}" all the same.
constexpr std::size_t most_of_nothing = 16;

Problem no_such_path(const Match& match) {
  if (match.allowed.empty()) {
    return {.status = 404,
            .code = "NOT_FOUND",
            .text = "there is no such path",
            .hint = "list all paths with: GET /api/openapi.json"};
  }
  return {.status = 405,
          .code = "METHOD_NOT_ALLOWED",
          .text = fmt::format("this path supports only {}", match.allowed),
          .headers = {{"allow", match.allowed}}};
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

std::optional<Problem> refuse_query(const HttpRequest& request, const Route& route) {
  for (const std::string& name : Query(request.target).names()) {
    if (std::ranges::find(route.query, name, &QueryParameter::name) != route.query.end()) continue;
    std::string known;
    for (const QueryParameter& parameter : route.query) {
      known += known.empty() ? "known parameters: " : ", ";
      known += parameter.name;
    }
    return Problem{.status = 400,
                   .code = "VALIDATION_ERROR",
                   .text = fmt::format("unknown parameter \"{}\"", printable(name)),
                   .hint = std::move(known)};
  }
  return std::nullopt;
}

// Which of two would count is for nobody to guess.
std::optional<Problem> refuse_doubled(const HttpRequest& request) {
  for (const std::string_view name : {"authorization", "content-type", "idempotency-key"}) {
    if (std::ranges::count(request.headers, name, &Header::name) > 1) {
      return Problem{
          .status = 400, .code = "BAD_REQUEST", .text = fmt::format("duplicate header {}", name)};
    }
  }
  return std::nullopt;
}

bool has_body(const HttpRequest& request) {
  const std::string_view length = request.header("content-length");
  return !request.header("transfer-encoding").empty() || (!length.empty() && length != "0");
}

std::optional<Problem> refuse_form(const HttpRequest& request, const Admitted& admitted) {
  const Route& route = *admitted.route;
  // Links to pages are passed on, with whatever others hang onto them.
  if (!admitted.page) {
    if (auto refused = refuse_query(request, route)) return refused;
  }
  if (route.body.empty() || !has_body(request) ||
      is_type(request.header("content-type"), route.body_type)) {
    return std::nullopt;
  }
  return Problem{.status = 415,
                 .code = "UNSUPPORTED_MEDIA_TYPE",
                 .text = fmt::format("send it with: content-type: {}", route.body_type)};
}

// A page that stands open looks for news by itself: that is nobody's use of a session, which has to
// end in a browser that was left.
bool is_fetched_by_script(const HttpRequest& request) {
  return is_safe_method(request.method) && request.header("sec-fetch-dest") == "empty";
}

std::string how_else(const Route& route) {
  return fmt::format("log in to the admin page, or use `thig-hooks {}`", route.by_session);
}

// For a key that asks for what sessions alone may do.
Problem not_by_key(const Route& route) {
  return {.status = 403,
          .code = "FORBIDDEN",
          .text = "API keys cannot do this: a member must be logged in",
          .hint = how_else(route)};
}

// For whoever has to say who they are and does not, or not any more.
Problem nobody(const Admitted& admitted, std::string why = {}) {
  Problem problem{.status = 401, .code = "UNAUTHORIZED", .text = std::move(why)};
  if (admitted.page) {
    if (problem.text.empty()) problem.text = "you are not logged in";
    problem.hint = "get a login link with: thig-hooks login-link";
    return problem;
  }
  const bool takes_keys = admitted.route->by_session.empty();
  if (problem.text.empty()) {
    problem.text = takes_keys ? "an API key is required" : "you are not logged in";
  }
  problem.hint =
      takes_keys
          ? "send the header Authorization: Bearer thig_…; create a key with `thig-hooks keys add`"
          : how_else(*admitted.route);
  problem.headers = {{"www-authenticate", "Bearer"}};
  return problem;
}

Problem wait_before_guessing(std::string text) {
  return for_now(429, "RATE_LIMITED", std::move(text), seconds_between_guesses);
}

// To whom the bodies of their requests are charged.
std::string account_of(const Caller& caller) {
  return caller.session == SessionId{} ? to_text(caller.key) : to_text(caller.session);
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

SessionCookie Reach::cookie() const {
  return SessionCookie({.secure = secure(),
                        .port = public_url.empty() ? port : port_of_url(public_url),
                        .path = base_path});
}

Gate::Gate(Store& store, const Clock& clock, const Surface& surface, HostList hosts, Reach reach,
           GateNotes notes)
    : store_(store),
      clock_(clock),
      surface_(surface),
      hosts_(std::move(hosts)),
      reach_(std::move(reach)),
      cookie_(reach_.cookie()),
      public_origin_(origin_of_url(reach_.public_url)),
      notes_(notes) {}

Admission Gate::admit(const HttpRequest& request) {
  auto admitted = std::make_shared<Admitted>();
  if (const auto problem = refuse(request, *admitted)) {
    // Whose request is refused stands in the log, too, where that is known.
    HttpResponse refusal = surface_.tell(*problem, request, *admitted);
    return {.refusal = std::move(refusal),
            .subject = admitted->route == nullptr ? nullptr : std::move(admitted)};
  }
  const Route& route = *admitted->route;
  return {.max_body = route.body.empty() ? most_of_nothing : route.most_body,
          .accounts = {account_of(admitted->caller)},
          .subject = std::move(admitted)};
}

std::optional<Problem> Gate::refuse(const HttpRequest& request, Admitted& admitted) {
  if (!hosts_.allows(request.header("host"))) {
    return Problem{.status = 421,
                   .code = "MISDIRECTED",
                   .text = "unknown host name",
                   .hint = "allow more host names with `thig-hooks serve-admin --allow-host NAME`"};
  }
  if (reach_.proxy.nobody_else && !is_proxy(reach_.proxy, request.peer)) {
    return Problem{.status = 403, .code = "FORBIDDEN", .text = "only trusted proxies may connect"};
  }
  if (auto refused = refuse_doubled(request)) return refused;
  auto [match, page] = surface_.find(request.method, request.target);
  if (match.route == nullptr) return no_such_path(match);
  admitted.route = match.route;
  admitted.path = std::move(match.path);
  admitted.page = page;
  if (admitted.route->scope) {
    if (auto refused = authenticate(request, admitted)) return refused;
  }
  if (admitted.caller.key == ApiKeyId{} && !is_safe_method(request.method)) {
    if (auto refused = check_source(request)) return refused;
  }
  if (auto refused = refuse_form(request, admitted)) return refused;
  if (admitted.route->counts_guesses && !notes_.guesses.take(request.peer)) {
    return wait_before_guessing("too many attempts from this address");
  }
  return std::nullopt;
}

std::optional<Problem> Gate::authenticate(const HttpRequest& request, Admitted& admitted) {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view header = request.header("authorization");
  if (ascii_lower(header.substr(0, scheme.size())) == scheme) {
    // A page can do what a key must not, such as make another one.
    if (admitted.page) {
      return nobody(admitted, "API keys work for the HTTP API only, not for pages");
    }
    return check_key(request, trimmed(header.substr(scheme.size())), admitted);
  }
  // Another scheme is a proxy's own affair, whose password a browser sends along.
  if (!reach_.proxy.header.empty() && is_proxy(reach_.proxy, request.peer)) {
    const auto name = proxied_user(reach_.proxy, request);
    if (!name) return problem_of(name.error(), surface_.wording(admitted));
    if (*name) return check_proxy(**name, admitted);
  }
  return check_session(request, admitted);
}

// The name is a member's, and nothing more: that of the system's administrator, too.
std::optional<Problem> Gate::check_proxy(const std::string& name, Admitted& admitted) {
  const auto members = store_.config().members();
  if (!members) return problem_of(members.error(), surface_.wording(admitted));
  const auto member = std::ranges::find(*members, name, &Member::name);
  if (member == members->end() && !reach_.proxy.strangers) {
    return Problem{.status = 403,
                   .code = "FORBIDDEN",
                   .text = fmt::format("{} is not a member", printable(name)),
                   .hint = "an Owner can add members with `thig-hooks members add`"};
  }
  admitted.caller = {.actor = member == members->end()
                                  ? Member{.name = name, .role = *reach_.proxy.strangers}
                                  : *member,
                     .scopes = Scopes::from_bits(Scopes::all_bits)};
  admitted.caller.actor.via = "proxy";
  return std::nullopt;
}

std::optional<Problem> Gate::check_key(const HttpRequest& request, std::string_view text,
                                       Admitted& admitted) {
  if (!is_api_key(text)) return refuse_key(request, "it does not have the format of an API key");
  const Time now = clock_.now().wall;
  const auto found = store_.api_keys().find_by_hash(api_key_hash(text));
  if (!found) return problem_of(found.error(), surface_.wording(admitted));
  if (!*found) return refuse_key(request, "no such key");
  const ApiKey& key = **found;
  if (const KeyFault fault = fault_of(key, now); fault != KeyFault::none) {
    return refuse_key(request,
                      fmt::format("the key {} {}", key.name,
                                  fault == KeyFault::expired ? "has expired" : "is disabled"));
  }
  const auto members = store_.config().members();
  if (!members) return problem_of(members.error(), surface_.wording(admitted));
  const auto member = std::ranges::find(*members, key.member, &Member::name);
  if (member == members->end()) {
    return refuse_key(request, fmt::format("{} is no longer a member", printable(key.member)));
  }
  admitted.caller = {.actor = *member, .scopes = key.scopes, .key = key.id};
  admitted.caller.actor.via = "key " + key.name;
  if (auto refused = refuse_rate(key)) return refused;
  notes_.key_uses.note({.id = key.id, .requests = 1, .last = now});
  if (!admitted.route->by_session.empty()) return not_by_key(*admitted.route);
  if (key.scopes.has(*admitted.route->scope)) return std::nullopt;
  return Problem{.status = 403,
                 .code = "FORBIDDEN",
                 .text = fmt::format("the key {} does not have the scope {}", key.name,
                                     to_text(*admitted.route->scope)),
                 .hint = fmt::format("it has {}; create another key with `thig-hooks keys add`",
                                     fmt::join(key.scopes.names(), ", "))};
}

std::optional<Problem> Gate::check_session(const HttpRequest& request, Admitted& admitted) {
  const auto token = cookie_of(request, cookie_.name());
  if (!token) return nobody(admitted);
  const Time now = clock_.now().wall;
  auto found = store_.sessions().find_by_hash(token_hash(*token), now);
  if (!found) return problem_of(found.error(), surface_.wording(admitted));
  if (!*found) return nobody(admitted, "the session has ended");
  Session& session = **found;
  const auto members = store_.config().members();
  if (!members) return problem_of(members.error(), surface_.wording(admitted));
  const auto member = std::ranges::find(*members, session.member, &Member::name);
  if (member == members->end()) {
    return nobody(admitted, fmt::format("{} is no longer a member", printable(session.member)));
  }
  admitted.caller = {
      .actor = *member, .scopes = Scopes::from_bits(Scopes::all_bits), .session = session.id};
  admitted.caller.actor.via = via_session;
  note_use(request, session, now);
  admitted.caller.session_left = end_of(session) - now;
  admitted.caller.session_is_final = end_of(session) == session.expires_at;
  return std::nullopt;
}

// `session` is as it is in the database, and then as it will be there.
void Gate::note_use(const HttpRequest& request, Session& session, Time now) {
  if (const auto use = notes_.session_uses.find(session.id)) {
    session.last_used_at = std::max(session.last_used_at, use->last);
  }
  if (is_fetched_by_script(request) ||
      now - session.last_used_at < std::chrono::seconds(a_minute)) {
    return;
  }
  notes_.session_uses.note({.id = session.id, .last = now}, end_of(session) - now < hurry);
  session.last_used_at = now;
}

std::optional<Problem> Gate::check_source(const HttpRequest& request) const {
  const std::string own[] = {origin_of_host(request.header("host"), reach_.tls), public_origin_};
  const RequestSource source{.fetch_site = header_said(request, "sec-fetch-site"),
                             .origin = header_said(request, "origin")};
  if (comes_from_own_page(source, own)) return std::nullopt;
  return Problem{
      .status = 403,
      .code = "FORBIDDEN",
      .text = "the request does not come from a page of this server",
      .hint = "behind a proxy, pass the URL that browsers use: serve-admin --public-url https://…"};
}

Problem Gate::refuse_key(const HttpRequest& request, const std::string& why) {
  // Those with a key that opens something are not held up, whoever shares their address.
  if (!notes_.guesses.take(request.peer)) {
    return wait_before_guessing("too many invalid API keys from this address");
  }
  notes_.guesses.report(request.peer, "key", why);
  return {.status = 401,
          .code = "UNAUTHORIZED",
          .text = "invalid API key: " + why,
          .hint = "list the keys and their states with: thig-hooks keys",
          .headers = {{"www-authenticate", R"(Bearer error="invalid_token")"}}};
}

std::optional<Problem> Gate::refuse_rate(const ApiKey& key) {
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
  return for_now(429, "RATE_LIMITED",
                 fmt::format("the key {} is limited to {} requests per minute", key.name, key.rate),
                 seconds);
}

}  // namespace thig
