#include "core/rules/incoming_rules.h"

#include "core/base/codec.h"
#include "core/model/event.h"
#include "core/rules/cidr.h"
#include "core/rules/endpoint_rules.h"
#include "core/rules/generic_scheme.h"
#include "core/rules/request_body.h"
#include "core/rules/request_values.h"
#include "core/rules/scheme.h"
#include "core/rules/suggest.h"
#include "core/rules/url_rules.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

constexpr std::size_t most_fields = 50;
constexpr std::size_t most_ranges = 100;
constexpr std::size_t most_types = 20;
constexpr std::size_t most_arguments = 64;
constexpr std::size_t longest_argument = 4096;
constexpr std::size_t longest_verify_token = 200;

std::unexpected<Error> wrong(std::string text, Remark hint = {}) {
  return fail(ErrorCode::invalid, std::move(text), std::move(hint));
}

struct Needs {
  ActionKind kind;
  std::vector<std::string> required;
  std::vector<std::string> known;  // empty: any
};

const Needs& needs_of(ActionKind kind) {
  static const std::array<Needs, 2> all = {
      Needs{ActionKind::create_project, {"name"}, {"name", "status", "description", "source"}},
      Needs{ActionKind::add_note, {"project", "text"}, {"project", "text", "source"}},
  };
  static const Needs none{ActionKind::emit, {}, {}};
  for (const Needs& needs : all) {
    if (needs.kind == kind) return needs;
  }
  return none;
}

Status check_fields(const IncomingAction& action) {
  const Needs& needs = needs_of(action.kind);
  if (action.fields.size() > most_fields) return wrong("too many fields");
  std::vector<std::string> given;
  for (const FieldRule& rule : action.fields) {
    if (std::ranges::find(given, rule.field) != given.end()) {
      return wrong(fmt::format("the field {} is set twice", rule.field));
    }
    if (!needs.known.empty() && std::ranges::find(needs.known, rule.field) == needs.known.end()) {
      return wrong(fmt::format("{} has no field {}", to_text(action.kind), rule.field),
                   fmt::format("its fields are {}", fmt::join(needs.known, ", ")));
    }
    given.push_back(rule.field);
  }
  for (const std::string& field : needs.required) {
    if (std::ranges::find(given, field) != given.end()) continue;
    return wrong(fmt::format("{} needs the field {}", to_text(action.kind), field),
                 {"say where it is in the request: ",
                  Setting{"set", fmt::format("{}=/a/json/pointer", field)}});
  }
  return {};
}

// How a command runs.
Status check_bounds(const IncomingAction& action) {
  const std::string& directory = action.directory;
  if (!directory.empty() && (!directory.starts_with('/') || directory.contains('\0'))) {
    return said_of<void>("directory", wrong("the command's directory must be an absolute path"));
  }
  if (action.timeout < std::chrono::seconds(1) || action.timeout > std::chrono::minutes(10)) {
    return said_of<void>("timeout", wrong("the command's timeout must be from 1s to 10m"));
  }
  if (action.max_parallel < 1 || action.max_parallel > 16) {
    return said_of<void>("max-parallel", wrong("parallel runs must be from 1 to 16"));
  }
  return {};
}

Status check_command(const IncomingAction& action) {
  if (action.command.empty() || !action.command.front().starts_with('/')) {
    return wrong(
        "run needs the absolute path of a command",
        {"give it with ", Setting{"command", "/path/to/program"}, ", and again for each argument"});
  }
  if (action.command.size() > most_arguments) return wrong("the command has too many arguments");
  for (const std::string& argument : action.command) {
    if (argument.size() > longest_argument || argument.contains('\0')) {
      return wrong("an argument of the command is too long, or contains a NUL byte");
    }
  }
  THIG_TRY(check_bounds(action));
  if (!action.fields.empty()) return wrong("run takes no fields: the command gets the body");
  return {};
}

Status check_event(const IncomingAction& action, std::span<const std::string> known) {
  if (std::ranges::find(known, action.event_type) != known.end()) return {};
  if (action.event_type.empty()) {
    return wrong("emit needs an event type", {"give it with ", Setting{"event", "TYPE"}});
  }
  const std::string near = nearest(action.event_type, known);
  return fail(ErrorCode::not_found,
              fmt::format("there is no event type {}", printable(action.event_type)),
              near.empty() ? Remark("register it with: ", Operation{"events add"})
                           : Remark(fmt::format("did you mean {}?", near)));
}

Status check_action(const IncomingAction& action, std::span<const std::string> known) {
  THIG_TRY(said_of("when", check_conditions(action.conditions)));
  if (action.kind != ActionKind::run && !action.command.empty()) {
    return wrong("only the action run can have a command");
  }
  if (action.kind != ActionKind::emit && !action.event_type.empty()) {
    return wrong("only the action emit can have an event type");
  }
  switch (action.kind) {
    case ActionKind::run:
      return said_of("command", check_command(action));
    case ActionKind::emit:
      THIG_TRY(said_of("event", check_event(action, known)));
      return said_of("set", check_fields(action));
    default:
      return said_of("set", check_fields(action));
  }
}

// Name, description and rate have the same bounds for both kinds of webhook.
Status check_shared(const IncomingHook& hook) {
  Endpoint endpoint;
  endpoint.name = hook.name;
  endpoint.description = hook.description;
  endpoint.events = {"*"};
  endpoint.rate = hook.rate;
  return check_endpoint(endpoint);
}

bool is_media_type(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/+-._").contains(c);
  };
  return text.size() <= 100 && std::ranges::count(text, '/') == 1 && !text.starts_with('/') &&
         !text.ends_with('/') && std::ranges::all_of(text, good);
}

// Types that have a grammar of their own.
bool can_be_json(std::string_view type) {
  const std::string lower = ascii_lower(type);
  constexpr std::string_view starts[] = {"multipart/", "image/", "audio/", "video/"};
  constexpr std::string_view ends[] = {"/xml", "+xml", "/html", "/csv", "/pdf", "/zip", "/gzip"};
  return std::ranges::none_of(starts, [&](auto start) { return lower.starts_with(start); }) &&
         std::ranges::none_of(ends, [&](auto end) { return lower.ends_with(end); });
}

// What is accepted must be something that the action can use.
Status check_types(const IncomingHook& hook) {
  if (hook.content_types.size() > most_types) return wrong("too many content types");
  std::shared_ptr<const Scheme> own;
  const auto rows = schemes_of(hook.scheme, own);
  const bool sends_forms = rows.empty() || std::ranges::any_of(rows, &Scheme::sends_forms);
  for (const std::string& type : hook.content_types) {
    if (!is_media_type(type)) {
      return wrong(fmt::format("not a valid content type: \"{}\"", printable(type)));
    }
    if (is_form_type(type) && !sends_forms) {
      return wrong(fmt::format("{} sends no forms, so {} cannot be accepted", hook.scheme, type),
                   "the content type is not signed: anyone could have JSON read as a form");
    }
    if (reads_json(hook.action) && !can_be_json(type)) {
      return wrong(fmt::format("{} takes values from JSON or a form, and {} is neither",
                               to_text(hook.action.kind), type),
                   "only an action that reads nothing from the body, such as run, can accept it");
    }
  }
  return {};
}

Status check_scheme(const IncomingHook& hook) {
  if (is_generic(hook.scheme)) {
    THIG_TRY(parse_generic(hook.scheme));
  } else if (!hook.scheme.empty() && schemes_named(hook.scheme).empty()) {
    return wrong(fmt::format("unknown scheme {}", printable(hook.scheme)),
                 fmt::format("use one of {}, generic", fmt::join(scheme_names(), ", ")));
  }
  return {};
}

Status check_verify_token(std::string_view token) {
  if (token.size() <= longest_verify_token && is_plain_text(token)) return {};
  return wrong("the verify token must be printable, and at most 200 bytes");
}

Status check_addresses(std::span<const std::string> ranges) {
  if (ranges.size() > most_ranges) return wrong("too many addresses");
  for (const std::string& range : ranges) THIG_TRY(parse_cidr(range));
  return {};
}

Status check_sender(const IncomingHook& hook) {
  THIG_TRY(said_of("scheme", check_scheme(hook)));
  THIG_TRY(said_of("verify-token", check_verify_token(hook.verify_token)));
  THIG_TRY(said_of("allowed-addresses", check_addresses(hook.allowed_addresses)));
  return said_of("content-types", check_types(hook));
}

Status check_max_body(const IncomingHook& hook) {
  if (hook.max_body < 1 || hook.max_body > largest_incoming_body) {
    return wrong("the largest body must be from 1 byte to 25 MiB");
  }
  if (largest_body(hook) >= hook.max_body) return {};
  return wrong(fmt::format("a body of {} KiB cannot be emitted as it is: an event can have {} KiB",
                           hook.max_body >> 10, max_event_data >> 10),
               {"lower ", Setting{"max-body"}, fmt::format(" to {}", max_event_data >> 10),
                ", or pick what is emitted with ", Setting{"set", "FIELD=FROM"}});
}

Status check_dedupe(Millis period) {
  if (period >= Millis{0} && period <= std::chrono::days(30)) return {};
  return wrong("the period must be from 0s to 30d");
}

}  // namespace

Status check_incoming(const IncomingHook& hook, std::span<const std::string> known_event_types) {
  THIG_TRY(check_shared(hook));
  THIG_TRY(check_sender(hook));
  THIG_TRY(said_of("max-body", check_max_body(hook)));
  THIG_TRY(said_of("dedupe", check_dedupe(hook.dedupe)));
  return said_of_action(check_action(hook.action, known_event_types));
}

Status said_of_action(Status checked) {
  if (checked) return checked;
  std::string& field = checked.error().field;
  field = field.empty() ? "action" : "action." + field;
  return checked;
}

std::size_t largest_body(const IncomingHook& hook) {
  const bool whole = hook.action.kind == ActionKind::emit && hook.action.fields.empty();
  return whole ? std::min(hook.max_body, max_event_data) : hook.max_body;
}

bool reads_json(const IncomingAction& action) {
  const auto in_body = [](const auto& each) { return each.value.source == ValueSource::pointer; };
  return (action.kind == ActionKind::emit && action.fields.empty()) ||
         std::ranges::any_of(action.fields, in_body) ||
         std::ranges::any_of(action.conditions, in_body);
}

bool is_required_field(ActionKind kind, std::string_view field) {
  const auto& required = needs_of(kind).required;
  return std::ranges::find(required, field) != required.end();
}

Result<std::string> check_public_url(std::string_view url) {
  const auto colon = url.find("://");
  const std::string scheme = ascii_lower(url.substr(0, colon));
  if (colon == url.npos || (scheme != "http" && scheme != "https")) {
    return wrong("the public URL must begin with https:// or http://",
                 "write it as https://hooks.example.com");
  }
  THIG_TRY(check_url_characters(url, scheme));
  const std::string_view rest = url.substr(colon + 3);
  THIG_TRY_ASSIGN(parsed, parse_webhook_url("https://" + std::string(rest)));
  if (parsed.target.contains('?')) {
    return wrong("the public URL has a query", "remove ? and what follows it");
  }
  std::string text = scheme + "://";
  text += host_in_url(parsed.host);
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const auto port_at = authority.find(':', parsed.host_is_ipv6 ? authority.find(']') : 0);
  if (port_at != authority.npos && parsed.port != (scheme == "http" ? 80 : 443)) {
    text += fmt::format(":{}", parsed.port);
  }
  const std::string_view path = parsed.target;
  return text.append(path.substr(0, path.find_last_not_of('/') + 1));
}

std::string incoming_url(std::string_view public_url, std::string_view token) {
  return fmt::format("{}/api/webhooks/incoming/{}", public_url, token);
}

}  // namespace thig
