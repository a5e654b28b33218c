// The table of the HTTP API, and what a request finds in it.
#include "core/web/route.h"

#include "core/base/json.h"
#include "core/web/api_wording.h"
#include "core/web/openapi.h"
#include "core/web/schemas.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <doctest/doctest.h>

using namespace thig;

namespace {

std::vector<std::string> schema_names() {
  std::vector<std::string> names;
  for (const Schema& schema : schemas()) names.emplace_back(schema.name);
  return names;
}

}  // namespace

TEST_CASE("each route is whole: documented, in order, with schemas that there are") {
  const auto names = schema_names();
  std::set<std::string_view> operations;
  const auto order = [](const Route& a, const Route& b) {
    return std::pair(a.path, a.method) < std::pair(b.path, b.method);
  };
  CHECK(std::ranges::is_sorted(routes(), order));
  for (const Route& route : routes()) {
    CAPTURE(route.operation);
    CHECK(operations.insert(route.operation).second);
    CHECK_FALSE(route.summary.empty());
    CHECK(((route.handle != nullptr) != (route.gather != nullptr)));
    for (const std::string_view schema : {route.body, route.answer}) {
      if (!schema.empty()) CHECK(std::ranges::find(names, schema) != names.end());
    }
    // What is sent is sent to be written, and what only looks takes nothing. Revealing a secret is
    // noted, which is a write.
    if (route.method == "GET") CHECK(route.body.empty());
    CHECK((route.does != Does::reads) == (route.method != "GET" || route.scope == Scope::secrets));
    // Nothing but how it is and what there is can be had without a key.
    if (!route.scope) CHECK(route.query.empty());
    CHECK(route.scope.has_value() ==
          (route.path.starts_with("/api/admin/") || route.path.starts_with("/api/events") ||
           route.path == "/metrics"));
  }
}

TEST_CASE("paths and methods find their route") {
  struct Row {
    const char* method;
    const char* target;
    const char* operation;  // empty: none
    std::vector<std::string> path;
    const char* allowed;
  };
  const Row rows[] = {
      {"GET", "/healthz", "showHealth", {}, "GET"},
      {"HEAD", "/healthz?x=1", "showHealth", {}, "GET"},
      {"GET", "/api/admin/webhooks", "listWebhooks", {}, "GET, POST"},
      {"POST", "/api/admin/webhooks", "addWebhook", {}, "GET, POST"},
      {"PUT", "/api/admin/webhooks", "", {}, "GET, POST"},
      {"GET", "/api/admin/webhooks/crm", "showWebhook", {"crm"}, "DELETE, GET, PATCH"},
      {"GET", "/api/admin/webhooks/a%2Fb%20%C3%BC", "showWebhook", {"a/b ü"}, "DELETE, GET, PATCH"},
      {"GET", "/api/admin/webhooks/%zz", "", {}, ""},
      {"GET", "/api/admin/webhooks/%2", "", {}, ""},
      {"GET", "/api/admin/webhooks/", "", {}, ""},
      {"GET", "/api/admin/webhooks//stats", "", {}, ""},
      {"GET", "/api/admin/webhooks/crm/", "", {}, ""},
      {"GET", "//healthz", "", {}, ""},
      {"GET", "/", "", {}, ""},
      {"GET", "", "", {}, ""},
      {"GET", "*", "", {}, ""},
      {"GET", "http://x/healthz", "", {}, ""},
      {"get", "/healthz", "", {}, "GET"},
      {"GET", "/HEALTHZ", "", {}, ""},
      {"POST", "/api/events/batch", "emitEvents", {}, "POST, GET"},
      {"GET", "/api/events/evt_1", "explainEvent", {"evt_1"}, "GET"},
      {"GET", "/api/admin/webhooks/x/../../../metrics", "", {}, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.method);
    CAPTURE(row.target);
    const Match match = match_route(routes(), row.method, row.target);
    CHECK((match.route ? match.route->operation : std::string_view()) == row.operation);
    CHECK(match.path == row.path);
    CHECK(match.allowed == row.allowed);
  }
}

TEST_CASE("a path that is written out is meant before one with a place") {
  constexpr Route table[] = {
      {.method = "GET", .path = "/events/new", .operation = "ask", .scope = std::nullopt},
      {.method = "POST", .path = "/events/new", .operation = "emit", .scope = std::nullopt},
      {.method = "GET", .path = "/events/{event}", .operation = "show", .scope = std::nullopt},
  };
  CHECK(match_route(table, "GET", "/events/new").route->operation == "ask");
  CHECK(match_route(table, "GET", "/events/new").path.empty());
  CHECK(match_route(table, "GET", "/events/old").route->operation == "show");
  CHECK(match_route(table, "PUT", "/events/new").allowed == "GET, POST");
}

TEST_CASE("the description has every route, and all that it refers to") {
  const std::string text = openapi_document(routes(), "1.2.3", "__Host-thig");
  REQUIRE(check_json(text, {.unique_names = true}));
  CHECK(*json_text(*json_find(*json_find(text, "info"), "version")) == "1.2.3");
  const auto paths = *json_find(text, "paths");
  std::size_t operations = 0;
  for (const JsonMember& path : json_members(paths)) operations += json_members(path.value).size();
  CHECK(operations == routes().size());
  const auto known = *json_find(*json_find(text, "components"), "schemas");
  constexpr std::string_view reference = "#/components/schemas/";
  std::size_t references = 0;
  for (auto at = text.find(reference); at != text.npos; at = text.find(reference, at)) {
    at += reference.size();
    const std::string name = text.substr(at, text.find('"', at) - at);
    CHECK_MESSAGE(json_find(known, name).has_value(), name);
    ++references;
  }
  CHECK(references > 2 * routes().size());
}

TEST_CASE("the description says what opens each route") {
  const std::string text = openapi_document(routes(), "1", "__Host-thig");
  const auto schemes = *json_find(*json_find(text, "components"), "securitySchemes");
  const auto session = *json_find(schemes, "session");
  CHECK(*json_text(*json_find(session, "in")) == "cookie");
  CHECK(*json_text(*json_find(session, "name")) == "__Host-thig");
  const auto paths = *json_find(text, "paths");
  for (const Route& route : routes()) {
    CAPTURE(route.operation);
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    const auto operation = *json_find(*json_find(paths, route.path), method);
    const auto security = json_find(operation, "security");
    CHECK(security.has_value() == route.scope.has_value());
    if (!security) continue;
    CHECK(*security ==
          (route.by_session.empty() ? R"([{"key":[]},{"session":[]}])" : R"([{"session":[]}])"));
    // Only sessions make, change and remove keys.
    CHECK(route.by_session.empty() ==
          (!route.path.starts_with("/api/admin/rest-api-keys") || route.method == "GET"));
  }
}

TEST_CASE("settings are called as members and parameters are") {
  constexpr std::pair<const char*, const char*> rows[] = {
      {"url", "url"},
      {"ca-file", "caFile"},
      {"scope", "scopes"},
      {"expires", "expiresAt"},
      {"expiresAt", "expiresAt"},
      {"before", "after"},
      {"action.max-parallel", "action.maxParallel"},
      {"headers[1].name", "headers[1].name"},
  };
  for (const auto& [setting, member] : rows) CHECK(member_name(setting) == member);
  CHECK(api_wording().setting({"scope", "emit"}) == "scopes: emit");
  CHECK(api_wording().code(ErrorCode::usage) == "VALIDATION_ERROR");
  CHECK(api_wording().code(ErrorCode::invalid) == "VALIDATION_ERROR");
  CHECK(api_wording().code(ErrorCode::not_permitted) == "FORBIDDEN");
  CHECK(api_wording().code(ErrorCode::not_found) == "NOT_FOUND");
}

TEST_CASE("the part of a URL behind the question mark") {
  const Query query("/x?a=1&b=x%2Cy,z&b=w&c=&d=true&a=2");
  CHECK(query.find("a") == "1");
  CHECK_FALSE(query.find("c"));
  CHECK_FALSE(query.find("e"));
  CHECK(query.list("b") == std::vector<std::string>{"x", "y", "z", "w"});
  CHECK(query.list("c").empty());
  CHECK(query.names() == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(*query.number("a", 1, 5, 3) == 1);
  CHECK(*query.number("e", 1, 5, 3) == 3);
  for (const char* odd : {"0", "6", "-1", "1x", "x", "99999999999999999999"}) {
    CHECK_FALSE(Query(std::string("/x?n=") + odd).number("n", 1, 5, 3));
  }
}
