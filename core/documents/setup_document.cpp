#include "core/documents/setup_document.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/json_layout.h"
#include "core/documents/object_reader.h"
#include "core/documents/settings_json.h"
#include "core/rules/event_conditions.h"
#include "core/rules/request_values.h"
#include "core/rules/retry_schedule.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int version = 1;

Error missing(std::string_view what) {
  return {ErrorCode::invalid, fmt::format("{} is missing", what), {}};
}

std::string place_of(std::string_view list, std::size_t index, std::string_view name) {
  return name.empty() ? fmt::format("{}[{}]", list, index)
                      : fmt::format("{}[{}] {}", list, index, printable(name));
}

void read_duration(ObjectReader& object, std::string_view name, Millis& into) {
  object.parse(name, [&into](const std::string& text) -> Status {
    THIG_TRY_ASSIGN(span, parse_duration(text));
    into = span;
    return {};
  });
}

// Every element of a list that is an object, read by `read(reader, index)`.
template <class Element, class Read>
Result<std::optional<std::vector<Element>>> read_list(ObjectReader& root, std::string_view document,
                                                      std::string_view list, Read read) {
  const auto slice = root.raw(list, JsonKind::array);
  if (!slice) return std::nullopt;
  std::vector<Element> elements;
  std::set<std::string> names;
  for (const std::string_view element : json_elements(*slice)) {
    const std::size_t index = elements.size();
    ObjectReader object(document, element, place_of(list, index, {}));
    std::string name;
    object.read("name", name);
    object.set_place(place_of(list, index, name));
    if (name.empty()) object.blame("name", missing("the name"));
    if (!names.insert(name).second) {
      object.blame("name", {ErrorCode::invalid, "the name is used twice", {}});
    }
    elements.push_back(read(object, name));
    THIG_TRY(object.finish());
  }
  return elements;
}

// The settings of the installation: null is the default.
Status read_installation(ObjectReader& root, std::string_view document,
                         std::optional<std::string>& public_url) {
  const auto slice = root.raw("settings", JsonKind::object);
  if (!slice) return {};
  ObjectReader reader(document, *slice, "settings");
  if (reader.is_null("publicUrl")) {
    public_url = "";
  } else {
    reader.read("publicUrl", public_url);
    if (public_url && public_url->empty()) {
      reader.blame("publicUrl", {ErrorCode::invalid, "must be a URL, or null for the default", {}});
    }
  }
  return reader.finish();
}

MemberSetup read_member(ObjectReader& object, std::string name) {
  MemberSetup setup{.place = object.place(), .member = {.name = std::move(name)}};
  if (!object.has("role")) object.blame("role", missing("the role"));
  object.parse("role", [&setup](const std::string& text) -> Status {
    const auto role = parse_role(text);
    if (!role) {
      return fail(
          ErrorCode::invalid,
          fmt::format("\"{}\" is not one of owner, admin, member, viewer", printable(text)));
    }
    setup.member.role = *role;
    return {};
  });
  return setup;
}

EventType read_event_type(ObjectReader& object, std::string name) {
  EventType type{.name = std::move(name),
                 .category = "Own",
                 .description = {},
                 .sample = "{}",
                 .builtin = false};
  object.read("category", type.category);
  object.read("description", type.description);
  if (const auto sample = object.raw("sample", JsonKind::object)) type.sample = *sample;
  return type;
}

// One without a value keeps that of the header of its name, if there was one.
void read_headers(ObjectReader& object, std::string_view document, std::vector<Header>& headers) {
  const auto list = object.raw("headers", JsonKind::array);
  if (!list) return;
  const std::vector<Header> before = std::exchange(headers, {});
  for (const std::string_view element : json_elements(*list)) {
    ObjectReader reader(document, element, fmt::format("headers[{}]", headers.size()));
    Header header;
    reader.read("name", header.name);
    const auto kept = std::ranges::find(before, header.name, &Header::name);
    if (kept != before.end()) header.value = kept->value;
    reader.read("value", header.value);
    if (header.name.empty()) reader.blame("name", missing("the name"));
    if (auto read = reader.finish(); !read) {
      read.error().field = fmt::format("[{}].{}", headers.size(), read.error().field);
      object.blame("headers", std::move(read).error());
    }
    headers.push_back(std::move(header));
  }
}

void read_conditions(ObjectReader& object, Result<Condition> (*parse)(std::string_view),
                     std::vector<Condition>& into) {
  if (!object.has("when")) return;
  into.clear();
  std::vector<std::string> texts;
  object.read("when", texts);
  for (const std::string& text : texts) {
    auto condition = parse(text);
    if (condition) {
      into.push_back(std::move(*condition));
    } else {
      object.blame("when", std::move(condition).error());
    }
  }
}

// All that can be set of an outgoing webhook; what is not there stays as it is.
void read_settings(ObjectReader& object, std::string_view document, Endpoint& settings,
                   std::optional<SignatureMode>& signature) {
  object.read("url", settings.url);
  object.read("description", settings.description);
  object.read("events", settings.events);
  read_conditions(object, parse_event_condition, settings.conditions);
  object.parse("signature", [&](const std::string& text) -> Status {
    signature = parse_signature_mode(text);
    if (signature) return {};
    return fail(ErrorCode::invalid,
                fmt::format("\"{}\" is not one of both, standard, thig", printable(text)));
  });
  object.read("signatureHeader", settings.signature_header);
  read_headers(object, document, settings.headers);
  object.parse("retry", [&](const std::string& text) -> Status {
    THIG_TRY_ASSIGN(waits, parse_retry_schedule(text));
    settings.retry = std::move(waits);
    return {};
  });
  read_duration(object, "timeout", settings.timeout);
  object.read("maxInFlight", 1, 256, settings.max_in_flight);
  object.read("rate", settings.rate);
  object.read("allowPrivate", settings.allow_private);
  object.read("caFile", settings.ca_file);
  object.read("clientCert", settings.client_cert);
  object.read("clientKey", settings.client_key);
}

Result<std::string> read_from(ObjectReader& reader, const SecretReader& read_secret) {
  std::optional<std::string> file;
  std::optional<std::string> variable;
  reader.read("file", file);
  reader.read("env", variable);
  THIG_TRY(reader.finish());
  if (file.has_value() == variable.has_value()) {
    return fail(ErrorCode::invalid, "it says no source, or two",
                R"(as {"file": "crm.secret"} or {"env": "CRM_SECRET"})");
  }
  return read_secret(file ? SecretSource{SecretSource::Kind::file, *file}
                          : SecretSource{SecretSource::Kind::environment, *variable});
}

void read_secret_of(ObjectReader& object, std::string_view document, std::string_view member,
                    std::optional<std::string>& secret, const SecretReader& read_secret) {
  if (!read_secret || object.kind(member) != JsonKind::object) {
    return object.read(member, secret);
  }
  const auto slice = object.raw(member, JsonKind::object);
  if (!slice) return;  // something else is wrong already
  ObjectReader reader(document, *slice, "");
  auto read = read_from(reader, read_secret);
  if (read) {
    secret = std::move(*read);
  } else {
    object.blame(member, std::move(read).error());
  }
}

OutgoingSetup read_outgoing(ObjectReader& object, std::string_view document, std::string name,
                            const SecretReader& read_secret = {}) {
  OutgoingSetup setup;
  setup.settings.name = std::move(name);
  setup.settings.retry = default_retry_schedule();
  read_settings(object, document, setup.settings, setup.signature);
  if (setup.settings.url.empty()) object.blame("url", missing("the URL"));
  if (setup.settings.events.empty()) object.blame("events", missing("a list of event types"));
  read_secret_of(object, document, "secret", setup.secret, read_secret);
  object.read("isActive", setup.active);
  return setup;
}

FieldRule read_field(ObjectReader& action, std::string_view document, std::string_view element) {
  FieldRule rule;
  ObjectReader reader(document, element, "set");
  reader.read("field", rule.field);
  reader.parse("from", [&rule](const std::string& text) -> Status {
    THIG_TRY_ASSIGN(value, parse_value_ref(text));
    rule.value = std::move(value);
    return {};
  });
  reader.read("default", rule.fallback);
  if (rule.field.empty()) reader.blame("field", missing("the field"));
  if (!reader.has("from")) reader.blame("from", missing("\"from\""));
  if (auto read = reader.finish(); !read) action.blame("set", std::move(read).error());
  return rule;
}

void read_action(ObjectReader& object, std::string_view document, IncomingAction& action) {
  const auto slice = object.raw("action", JsonKind::object);
  if (!slice) return;
  action = {};
  ObjectReader reader(document, *slice, "");
  reader.parse("kind", [&](const std::string& text) -> Status {
    const auto kind = parse_action_kind(text);
    if (!kind) {
      return fail(ErrorCode::invalid, fmt::format("unknown action \"{}\"", printable(text)),
                  "use one of create-project, add-note, emit, run");
    }
    action.kind = *kind;
    return {};
  });
  if (!reader.has("kind")) reader.blame("kind", missing("the kind"));
  reader.read("event", action.event_type);
  if (const auto set = reader.raw("set", JsonKind::array)) {
    for (const std::string_view element : json_elements(*set)) {
      action.fields.push_back(read_field(reader, document, element));
    }
  }
  read_conditions(reader, parse_condition, action.conditions);
  reader.read("command", action.command);
  reader.read("directory", action.directory);
  if (action.directory == "/") action.directory.clear();
  read_duration(reader, "timeout", action.timeout);
  reader.read("maxParallel", 1, 16, action.max_parallel);
  if (auto read = reader.finish(); !read) object.blame("action", std::move(read).error());
}

// As read_settings above.
void read_settings(ObjectReader& object, std::string_view document, IncomingHook& settings) {
  object.read("description", settings.description);
  read_action(object, document, settings.action);
  object.read("scheme", settings.scheme);
  object.read("verifyToken", settings.verify_token);
  object.read("allowedAddresses", settings.allowed_addresses);
  object.read("contentTypes", settings.content_types);
  int max_body = static_cast<int>(settings.max_body);
  object.read("maxBody", 1, std::numeric_limits<int>::max(), max_body);
  settings.max_body = static_cast<std::size_t>(max_body);
  object.read("rate", settings.rate);
  read_duration(object, "dedupe", settings.dedupe);
}

IncomingSetup read_incoming(ObjectReader& object, std::string_view document, std::string name,
                            const SecretReader& read_secret = {}) {
  IncomingSetup setup;
  setup.settings.name = std::move(name);
  if (!object.has("action")) object.blame("action", missing("the action"));
  setup.verify_token_left_out = !object.has("verifyToken");
  read_settings(object, document, setup.settings);
  read_secret_of(object, document, "secret", setup.secret, read_secret);
  object.read("isActive", setup.active);
  return setup;
}

// One webhook, which is the whole text.
template <class Setup, class Read>
Result<Setup> read_one(std::string_view text, const Read& read) {
  THIG_TRY(check_json(text));
  ObjectReader object(text, text, "");
  std::string name;
  object.read("name", name);
  if (name.empty()) object.blame("name", missing("the name"));
  Setup setup = read(object, std::move(name));
  THIG_TRY(object.finish());
  return setup;
}

template <class Read>
Status read_change(std::string_view text, std::string& name, std::optional<bool>& active,
                   const Read& read) {
  THIG_TRY(check_json(text));
  ObjectReader object(text, text, "");
  object.read("name", name);
  read(object);
  object.read("isActive", active);
  for (const JsonMember& member : json_members(text)) {
    if (json_kind(member.value) != JsonKind::null) continue;
    object.blame(member.name,
                 {ErrorCode::invalid, "null is not a valid value",
                  "leave it out to keep the current value; \"\" clears a text, 0 a rate"});
  }
  return object.finish();
}

// Names are one set over both kinds.
Status check_names(const SetupDocument& document) {
  if (!document.outgoing || !document.incoming) return {};
  std::set<std::string_view> names;
  for (const OutgoingSetup& outgoing : *document.outgoing) names.insert(outgoing.settings.name);
  for (const IncomingSetup& incoming : *document.incoming) {
    if (!names.contains(incoming.settings.name)) continue;
    return fail(ErrorCode::invalid,
                fmt::format("{}: an outgoing webhook already has this name", incoming.place),
                "outgoing and incoming webhooks cannot have the same name");
  }
  return {};
}

void write_state(JsonWriter& json, bool active) {
  // Left out otherwise: applying the document shall not enable what failures have disabled.
  if (!active) json.key("isActive").boolean(false);
}

}  // namespace

Result<SetupDocument> read_setup_document(std::string_view text, const SecretReader& read_secret) {
  THIG_TRY(check_json(text, {.bytes = longest_setup_document, .depth = 64}));
  SetupDocument document;
  ObjectReader root(text, text, "");
  int given = version;
  root.read("version", version, version, given);
  std::string schema;  // where an editor finds it
  root.read("$schema", schema);
  THIG_TRY(read_installation(root, text, document.public_url));
  THIG_TRY_ASSIGN(members, read_list<MemberSetup>(root, text, "members",
                                                  [](ObjectReader& object, std::string name) {
                                                    return read_member(object, std::move(name));
                                                  }));
  THIG_TRY_ASSIGN(types, read_list<EventType>(root, text, "eventTypes",
                                              [](ObjectReader& object, std::string name) {
                                                return read_event_type(object, std::move(name));
                                              }));
  THIG_TRY_ASSIGN(
      outgoing,
      read_list<OutgoingSetup>(root, text, "outgoing", [&](ObjectReader& object, std::string name) {
        auto setup = read_outgoing(object, text, std::move(name), read_secret);
        setup.place = object.place();
        return setup;
      }));
  THIG_TRY_ASSIGN(
      incoming,
      read_list<IncomingSetup>(root, text, "incoming", [&](ObjectReader& object, std::string name) {
        auto setup = read_incoming(object, text, std::move(name), read_secret);
        read_secret_of(object, text, "token", setup.token, read_secret);
        setup.place = object.place();
        return setup;
      }));
  THIG_TRY(root.finish());
  document.members = std::move(members);
  document.event_types = std::move(types);
  document.outgoing = std::move(outgoing);
  document.incoming = std::move(incoming);
  THIG_TRY(check_names(document));
  return document;
}

Result<OutgoingSetup> read_outgoing_setup(std::string_view text) {
  return read_one<OutgoingSetup>(text, [&](ObjectReader& object, std::string name) {
    return read_outgoing(object, text, std::move(name));
  });
}

Result<IncomingSetup> read_incoming_setup(std::string_view text) {
  return read_one<IncomingSetup>(text, [&](ObjectReader& object, std::string name) {
    return read_incoming(object, text, std::move(name));
  });
}

Status read_outgoing_change(std::string_view text, Endpoint& settings,
                            std::optional<bool>& active) {
  return read_change(text, settings.name, active, [&](ObjectReader& object) {
    std::optional<SignatureMode> signature;
    read_settings(object, text, settings, signature);
    if (signature) settings.signature = *signature;
  });
}

Status read_incoming_change(std::string_view text, IncomingHook& settings,
                            std::optional<bool>& active) {
  return read_change(text, settings.name, active, [&](ObjectReader& object) {
    read_settings(object, text, settings);
    object.has("secret");  // known: incoming_change_secret
  });
}

Result<std::optional<std::string>> incoming_change_secret(std::string_view text) {
  THIG_TRY(check_json(text));
  const auto value = json_find(text, "secret");
  if (!value || json_kind(*value) == JsonKind::null) return std::nullopt;
  auto secret = json_text(*value);
  if (secret) return secret;
  return fail(ErrorCode::invalid, "secret must be a string");
}

std::string write_setup_document(const SetupContent& content) {
  const SecretParts parts = content.with_secrets ? SecretParts::shown : SecretParts::hidden;
  JsonWriter json;
  json.begin_object().key("version").number(std::int64_t{version});
  json.key("settings").begin_object();
  write_text_or_null(json, "publicUrl", content.public_url);
  json.end_object().key("members").begin_array();
  for (const Member& member : content.members) {
    json.begin_object().key("name").text(member.name);
    json.key("role").text(to_text(member.role)).end_object();
  }
  json.end_array().key("eventTypes").begin_array();
  for (const EventType& type : content.event_types) {
    json.begin_object().key("name").text(type.name).key("category").text(type.category);
    json.key("description").text(type.description).key("sample").raw(type.sample).end_object();
  }
  json.end_array().key("outgoing").begin_array();
  for (std::size_t i = 0; i < content.outgoing.size(); ++i) {
    const Endpoint& endpoint = content.outgoing[i];
    json.begin_object();
    write_settings(json, endpoint, parts);
    if (content.with_secrets) json.key("secret").text(content.outgoing_secrets.at(i));
    write_state(json, endpoint.disabled_by != DisabledBy::member);
    json.end_object();
  }
  json.end_array().key("incoming").begin_array();
  for (std::size_t i = 0; i < content.incoming.size(); ++i) {
    const IncomingHook& hook = content.incoming[i];
    json.begin_object();
    write_settings(json, hook, parts);
    if (content.with_secrets) {
      write_text_or_null(json, "secret", content.incoming_secrets.at(i));
      write_text_or_null(json, "token", content.incoming_tokens.at(i));
    }
    write_state(json, hook.enabled);
    json.end_object();
  }
  json.end_array().end_object();
  return lay_out_json(json.take(), {.indent = 2, .spaced = true}) + "\n";
}

}  // namespace thig
