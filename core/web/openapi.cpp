#include "core/web/openapi.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/web/schemas.h"

#include <set>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view reference = "#/components/schemas/";
constexpr std::string_view error_type = "application/problem+json";

std::string_view text_of(std::string_view name) {
  const std::string_view text = schema_text(name);
  return text.empty() ? "{}" : text;
}

// Whether a document of that schema is never empty.
bool needs_members(std::string_view schema) {
  const auto required = json_find(text_of(schema), "required");
  return required && !json_elements(*required).empty();
}

// Calls `use` with each value of a member "$ref" in the JSON text, and where it stands.
template <class Use>
void for_each_reference(std::string_view text, const Use& use) {
  constexpr std::string_view member = "\"$ref\": \"";
  for (std::size_t at = text.find(member); at != text.npos; at = text.find(member, at)) {
    at += member.size();
    use(at, text.substr(at, text.find('"', at) - at));
  }
}

// The schemas that are named, and those that they name.
void collect(std::string_view name, std::set<std::string_view>& names) {
  if (name.empty() || !names.insert(name).second) return;
  for_each_reference(text_of(name),
                     [&](std::size_t, std::string_view other) { collect(other, names); });
}

// With references as OpenAPI writes them.
std::string resolved(std::string_view text) {
  std::string result;
  std::size_t from = 0;
  for_each_reference(text, [&](std::size_t at, std::string_view) {
    result += text.substr(from, at - from);
    result += reference;
    from = at;
  });
  return result += text.substr(from);
}

void write_reference(JsonWriter& json, std::string_view schema) {
  json.begin_object().key("$ref").text(std::string(reference) + std::string(schema)).end_object();
}

void write_content(JsonWriter& json, std::string_view type, std::string_view schema) {
  json.key("content").begin_object().key(type).begin_object();
  if (!schema.empty()) {
    json.key("schema");
    write_reference(json, schema);
  }
  json.end_object().end_object();
}

void write_parameter(JsonWriter& json, std::string_view name, std::string_view in,
                     std::string_view help) {
  json.begin_object().key("name").text(name).key("in").text(in);
  if (!help.empty()) json.key("description").text(help);
  json.key("required").boolean(in == "path");
  json.key("schema").begin_object().key("type").text("string").end_object().end_object();
}

void write_parameters(JsonWriter& json, const Route& route) {
  json.key("parameters").begin_array();
  std::string_view path = route.path;
  for (auto open = path.find('{'); open != path.npos; open = path.find('{')) {
    path.remove_prefix(open + 1);
    write_parameter(json, path.substr(0, path.find('}')), "path", {});
  }
  for (const QueryParameter& parameter : route.query) {
    write_parameter(json, parameter.name, "query",
                    parameter.several
                        ? fmt::format("{}; separate several with commas", parameter.help)
                        : std::string(parameter.help));
  }
  json.end_array();
}

// What opens a route: one of these. Their names are those in write_schemes.
void write_security(JsonWriter& json, const Route& route) {
  json.key("security").begin_array();
  for (const std::string_view scheme : {"key", "session"}) {
    if (scheme == "key" && !route.by_session.empty()) continue;
    json.begin_object().key(scheme).begin_array().end_array().end_object();
  }
  json.end_array();
}

void write_schemes(JsonWriter& json, std::string_view session_cookie) {
  json.key("securitySchemes").begin_object();
  json.key("key").begin_object().key("type").text("http").key("scheme").text("bearer");
  json.key("description").text("An API key: thig_ and 40 hexadecimal digits.").end_object();
  json.key("session").begin_object().key("type").text("apiKey").key("in").text("cookie");
  json.key("name").text(session_cookie);
  json.key("description")
      .text(
          "The session of a member who is logged in to the pages; it has every scope. A request "
          "that changes something must come from a page of this server: `Sec-Fetch-Site: "
          "same-origin`, or without that header an `Origin` that is the server's own.");
  json.end_object().end_object();
}

void write_operation(JsonWriter& json, const Route& route) {
  json.key(ascii_lower(route.method)).begin_object();
  json.key("operationId").text(route.operation).key("summary").text(route.summary);
  if (route.scope) {
    json.key("description")
        .text(route.by_session.empty() ? fmt::format("Needs the scope {}.", to_text(*route.scope))
                                       : "Needs a session: keys are refused.");
    write_security(json, route);
  }
  write_parameters(json, route);
  if (!route.body.empty()) {
    json.key("requestBody").begin_object().key("required").boolean(needs_members(route.body));
    write_content(json, route.body_type, route.body);
    json.end_object();
  }
  json.key("responses").begin_object();
  for (const int status : {route.status, route.only_looks}) {
    if (status == 0) continue;
    json.key(std::to_string(status)).begin_object();
    json.key("description").text(status == route.status ? "Done" : "No changes");
    write_content(json, route.answer_type, route.answer);
    json.end_object();
  }
  json.key("default").begin_object().key("description").text("An error");
  write_content(json, error_type, "problem");
  json.end_object().end_object().end_object();
}

void write_paths(JsonWriter& json, std::span<const Route> routes) {
  json.key("paths").begin_object();
  std::string_view path;
  for (const Route& route : routes) {
    if (route.path != path) {
      if (!path.empty()) json.end_object();
      path = route.path;
      json.key(path).begin_object();
    }
    write_operation(json, route);
  }
  if (!path.empty()) json.end_object();
  json.end_object();
}

}  // namespace

std::string openapi_document(std::span<const Route> routes, std::string_view version,
                             std::string_view session_cookie) {
  std::set<std::string_view> names;
  collect("problem", names);
  for (const Route& route : routes) {
    collect(route.body, names);
    collect(route.answer, names);
  }
  JsonWriter json;
  json.begin_object().key("openapi").text("3.1.0");
  json.key("info").begin_object().key("title").text("thig-hooks");
  json.key("version").text(version).end_object();
  write_paths(json, routes);
  json.key("components").begin_object();
  write_schemes(json, session_cookie);
  json.key("schemas").begin_object();
  for (const std::string_view name : names) json.key(name).raw(resolved(text_of(name)));
  json.end_object().end_object();
  return json.end_object().take();
}

}  // namespace thig
