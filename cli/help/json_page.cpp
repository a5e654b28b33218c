#include "cli/help/json_page.h"

#include "cli/app/commands.h"
#include "cli/help/json_documents.h"
#include "cli/help/roff.h"
#include "core/base/json.h"
#include "core/open.h"
#include "core/web/schemas.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

// A key of a document: "attempts[].durationMs", "integer", "How long it took, in milliseconds".
struct JsonKey {
  std::string path;
  std::string type;
  std::string text;
  bool operator==(const JsonKey&) const = default;
};

struct DescribedSchema {
  std::string_view schema;
  bool list = false;    // of objects with the keys
  bool object = false;  // with the keys; both if it may be either
  std::vector<JsonKey> keys;
};

std::string schema_text_at(std::string_view schema, std::string_view member) {
  const auto value = json_find(schema, member);
  return value ? json_text(*value).value_or("") : std::string();
}

// Those of a schema: "string", "null", …
std::vector<std::string> json_types_of(std::string_view schema) {
  const auto type = json_find(schema, "type");
  if (!type) return {};
  if (auto one = json_text(*type)) return {std::move(*one)};
  std::vector<std::string> types;
  for (const std::string_view element : json_elements(*type)) {
    types.push_back(json_text(element).value_or(""));
  }
  std::ranges::sort(types, {}, [](const std::string& name) { return name == "null"; });
  return types;
}

bool has_type(std::string_view schema, std::string_view type) {
  const auto types = json_types_of(schema);
  return std::ranges::find(types, type) != types.end();
}

// The schema itself, or the file that it names.
std::string_view resolved_schema(std::string_view schema) {
  const std::string name = schema_text_at(schema, "$ref");
  return name.empty() ? schema : schema_text(name);
}

std::string describe_type(std::string_view schema) {
  std::string text;
  for (const std::string& type : json_types_of(schema)) {
    text += (text.empty() ? "" : " or ") + type;
    if (type != "array") continue;
    const auto items = json_find(schema, "items");
    const auto of = items ? json_types_of(resolved_schema(*items)) : std::vector<std::string>();
    if (of.size() == 1) text += fmt::format(" of {}s", of.front());
  }
  return text;
}

bool is_required(std::string_view schema, std::string_view name) {
  const auto required = json_find(schema, "required");
  return required && std::ranges::any_of(json_elements(*required), [&](std::string_view one) {
           return json_text(one) == name;
         });
}

void add_keys(std::string_view schema, const std::string& place, std::vector<JsonKey>& keys) {
  const auto properties = json_find(schema, "properties");
  for (const JsonMember& member :
       properties ? json_members(*properties) : std::vector<JsonMember>()) {
    const std::string_view value = resolved_schema(member.value);
    std::string text = schema_text_at(member.value, "description");
    if (text.find("absent") == text.npos && !is_required(schema, member.name)) {
      text += "; absent if there is nothing to say";
    }
    const std::string path = place + member.name;
    keys.push_back({.path = path, .type = describe_type(value), .text = text + "."});
    add_keys(value, path + ".", keys);
    if (const auto items = json_find(value, "items")) {
      add_keys(resolved_schema(*items), path + "[].", keys);
    }
  }
}

DescribedSchema describe_schema(std::string_view name) {
  const std::string_view schema = schema_text(name);
  DescribedSchema described{.schema = name,
                            .list = has_type(schema, "array"),
                            .object = has_type(schema, "object"),
                            .keys = {}};
  const auto items = json_find(schema, "items");
  add_keys(items ? resolved_schema(*items) : schema, "", described.keys);
  return described;
}

// Each once, by name.
std::vector<DescribedSchema> all_described() {
  std::vector<std::string_view> names;
  for (const JsonDocument& document : json_documents()) names.push_back(document.schema);
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  std::vector<DescribedSchema> all;
  for (const std::string_view name : names) all.push_back(describe_schema(name));
  return all;
}

bool has_all(const std::vector<JsonKey>& keys, const std::vector<JsonKey>& some) {
  return std::ranges::all_of(
      some, [&](const JsonKey& key) { return std::ranges::find(keys, key) != keys.end(); });
}

// The largest other document whose keys this one has, too: they need not be told again.
const DescribedSchema* base_of(const DescribedSchema& described,
                               const std::vector<DescribedSchema>& all) {
  const DescribedSchema* base = nullptr;
  for (const DescribedSchema& other : all) {
    const bool smaller =
        other.keys.size() < described.keys.size() ||
        (other.keys.size() == described.keys.size() && other.schema < described.schema);
    if (!smaller || other.keys.empty() || !has_all(described.keys, other.keys)) continue;
    if (base == nullptr || other.keys.size() > base->keys.size()) base = &other;
  }
  return base;
}

void add_document(RoffPage& page, const DescribedSchema& described,
                  const std::vector<DescribedSchema>& all) {
  page.subsection(described.schema);
  const std::string_view frame = described.list && described.object
                                     ? "A list of objects, or one of them"
                                 : described.list ? "A list of objects"
                                                  : "An object";
  const DescribedSchema* base = base_of(described, all);
  if (base == nullptr) {
    page.paragraph(fmt::format("{}:", frame));
  } else {
    const bool more = base->keys.size() < described.keys.size();
    page.paragraph(
        fmt::format("{} with the keys of {}{}", frame, base->schema, more ? ", and:" : "."));
  }
  for (const JsonKey& key : described.keys) {
    if (base != nullptr && std::ranges::find(base->keys, key) != base->keys.end()) continue;
    page.term(key.path, key.type, key.text);
  }
}

// What a command prints: "added; webhook (with --if-absent, if it exists)."
std::string documents_of(std::string_view command) {
  std::string text;
  bool lines = false;
  for (const JsonDocument& document : json_documents()) {
    if (document.command != command) continue;
    lines = lines || (text.empty() && document.lines);
    if (!text.empty()) text += "; ";
    text += document.schema;
    if (document.when.empty()) continue;
    const bool aside = document.when.starts_with(';');
    text += aside ? std::string(document.when) : fmt::format(" ({})", document.when);
  }
  return text.empty() ? text : fmt::format("{}{}.", lines ? "Lines: " : "", text);
}

}  // namespace

ManPage json_page() {
  RoffPage page("thig-hooks-json", 7, version(), "the JSON output of thig-hooks");
  page.section("SYNOPSIS").code("thig-hooks COMMAND --json | jq '.[].name'");
  page.section("DESCRIPTION")
      .paragraph(
          "With --json a command prints one document, or, where it says Lines, one document per "
          "line. "
          "Below, each command has the names of its documents, and each document its keys. The "
          "HTTP "
          "API, see thig-hooks-api(7), answers the same documents.");
  page.paragraph(
      "a.b is the key b in the object a, and a[].b the key b in each object of the array a. A key "
      "is always there unless its text says when it is absent; null has a meaning of its own, "
      "which the text says. Times are RFC 3339 in UTC. Durations that can be set are text, such as "
      "10s; measured ones are numbers, and their names end with the unit: Ms, Seconds.");
  page.paragraph(
      "Future versions may add keys, but do not rename or remove any: ignore keys you do not know. "
      "If a command fails, standard output is empty, and the last line of standard error is the "
      "document error.");
  page.section("COMMANDS");
  for (const CommandEntry& entry : command_table()) {
    const std::string text = documents_of(entry.name);
    if (!text.empty()) page.term(entry.name, "", text);
  }
  page.section("DOCUMENTS");
  std::vector<DescribedSchema> all = all_described();
  all.push_back(describe_schema("error"));
  std::ranges::sort(all, {}, &DescribedSchema::schema);
  for (const DescribedSchema& described : all) add_document(page, described, all);
  page.section("SEE ALSO").see_also("thig-hooks", 1).see_also("thig-hooks-api", 7);
  return {.name = "thig-hooks-json", .section = 7, .text = page.take()};
}

}  // namespace thig
