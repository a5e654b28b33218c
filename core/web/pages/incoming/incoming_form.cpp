#include "core/web/pages/incoming/incoming_form.h"

#include "core/base/codec.h"
#include "core/base/size.h"
#include "core/rules/generic_scheme.h"
#include "core/rules/request_values.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig::pages {
namespace {

constexpr std::string_view of_the_sender[] = {
    "verify-token", "allowed-addresses", "content-types", "max-body", "dedupe", "rate"};
constexpr std::string_view of_the_command[] = {"directory", "timeout", "max-parallel"};

// Exactly, where it can be read.
std::string size_words(std::size_t bytes) {
  std::string text = format_size(bytes);
  const auto read = parse_size(text);
  return read && *read == bytes ? text : std::to_string(bytes);
}

template <class Number>
bool read_whole(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

void read_rules(const IncomingFields& fields, IncomingAction& action, FormErrors& errors) {
  action.fields.clear();
  for (const std::string& line : fields.set) {
    if (auto rule = errors.take("set", parse_field_rule(line))) {
      action.fields.push_back(std::move(*rule));
    }
  }
  for (const std::string& line : fields.fallback) {
    const auto equals = line.find('=');
    const auto rule = std::ranges::find(action.fields, line.substr(0, equals), &FieldRule::field);
    if (equals == line.npos || rule == action.fields.end()) {
      errors.add(
          "default",
          fmt::format("“{}” matches none of the fields above. Write it as FIELD=TEXT.", line));
      continue;
    }
    rule->fallback = line.substr(equals + 1);
  }
}

void read_conditions(const IncomingFields& fields, IncomingAction& action, FormErrors& errors) {
  action.conditions.clear();
  for (const std::string& line : fields.when) {
    if (auto condition = errors.take("when", as_typed(parse_condition(line)))) {
      action.conditions.push_back(std::move(*condition));
    }
  }
}

void read_run(const IncomingFields& fields, const IncomingFields& before, IncomingAction& action,
              FormErrors& errors) {
  if (fields.command != before.command) action.command = fields.command;
  if (fields.directory != before.directory) action.directory = fields.directory;
  if (fields.timeout != before.timeout) {
    if (const auto span = errors.take("timeout", parse_duration(fields.timeout))) {
      action.timeout = *span;
    }
  }
  if (fields.max_parallel != before.max_parallel &&
      !read_whole(fields.max_parallel, action.max_parallel)) {
    errors.add("max-parallel", "Must be an integer from 1 to 16.");
  }
}

void read_action(const IncomingFields& fields, const IncomingFields& before, IncomingAction& action,
                 FormErrors& errors) {
  if (fields.when != before.when) read_conditions(fields, action, errors);
  if (action.kind == ActionKind::run) return read_run(fields, before, action, errors);
  if (fields.set != before.set || fields.fallback != before.fallback) {
    read_rules(fields, action, errors);
  }
  if (action.kind == ActionKind::emit) action.event_type = fields.event;
}

void read_scheme(const IncomingFields& fields, IncomingHook& settings, FormErrors& errors) {
  settings.scheme = fields.scheme;
  if (fields.scheme != generic_name) return;
  settings.scheme = fmt::format("{} {}", generic_name, fields.generic);
  errors.check("generic", parse_generic(settings.scheme));
}

void read_bounds(const IncomingFields& fields, const IncomingFields& before, IncomingHook& settings,
                 FormErrors& errors) {
  if (fields.max_body != before.max_body) {
    if (const auto size = errors.take("max-body", parse_size(fields.max_body))) {
      settings.max_body = static_cast<std::size_t>(*size);
    }
  }
  if (fields.dedupe != before.dedupe) {
    if (const auto span = errors.take("dedupe", parse_duration(fields.dedupe))) {
      settings.dedupe = *span;
    }
  }
  if (fields.rate == before.rate) return;
  if (fields.rate.empty()) {
    settings.rate = 0;
  } else if (!read_whole(fields.rate, settings.rate)) {
    errors.add("rate", "Must be a number of requests per second, or 0 for no limit.");
  }
}

std::string lines_of(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string_view help_of_fields(ActionKind kind) {
  switch (kind) {
    case ActionKind::create_project:
      return "One per line. The field name is required; status, description and source are "
             "optional. Take values from the body, as in name=/issue/title, or from header:NAME, "
             "query:NAME, literal:TEXT.";
    case ActionKind::add_note:
      return "One per line. The fields project (its id or name) and text are required; source is "
             "optional. Take values from the body, as in text=/comment/body, or from header:NAME, "
             "query:NAME, literal:TEXT.";
    default:
      return "One per line, to build the event’s data: customer=/data/customer, or from "
             "header:NAME, query:NAME, literal:TEXT. Empty: the data is the request’s body.";
  }
}

Html event_field(const IncomingFields& fields, std::span<const EventType> types,
                 const FormErrors& errors) {
  std::vector<Choice> choices;
  if (fields.event.empty()) choices.push_back({"", "choose one"});
  for (const EventType& type : types) choices.push_back({type.name, type.name});
  return choice_field({.name = "event", .help = "The event to emit for each request."}, choices,
                      fields.event, errors);
}

bool is_off(std::span<const std::string_view> names, const FormErrors& errors) {
  return std::ranges::any_of(names,
                             [&](std::string_view name) { return !errors.of(name).empty(); });
}

Html command_fields(const IncomingFields& fields, const FormErrors& errors) {
  Html rare = text_field({.name = "directory", .placeholder = "/"}, fields.directory, errors);
  rare += text_field({.name = "timeout", .help = "Maximum time for the command, 1s to 10m."},
                     fields.timeout, errors);
  rare += text_field({.name = "max-parallel", .help = "Maximum, 1 to 16.", .type = "number"},
                     fields.max_parallel, errors);
  Html all =
      area_field({.name = "command",
                  .help = "The program’s absolute path, then one argument per line. The body is "
                          "passed on standard input; nothing from the request becomes an argument.",
                  .placeholder = "/usr/local/bin/deploy"},
                 lines_of(fields.command), errors);
  all += html<
      R"(<details class="more"{}><summary>More: directory, timeout, concurrency</summary>{}</details>)">(
      flag<"open">(is_off(of_the_command, errors)), rare);
  return all;
}

Html action_fields(const IncomingFields& fields, ActionKind kind, std::span<const EventType> types,
                   const FormErrors& errors) {
  Html all;
  if (kind == ActionKind::run) {
    all += command_fields(fields, errors);
  } else {
    if (kind == ActionKind::emit) all += event_field(fields, types, errors);
    all += area_field({.name = "set", .help = help_of_fields(kind)}, lines_of(fields.set), errors);
    all +=
        area_field({.name = "default",
                    .help = "One per line, as in status=open, for fields that a request may lack."},
                   lines_of(fields.fallback), errors, 2);
  }
  all += area_field({.name = "when",
                     .help = "One per line; the action runs only if all match: /action=opened, "
                             "header:X-GitHub-Event=issues, /user/login!~bot$ (a regular "
                             "expression that must not match)."},
                    lines_of(fields.when), errors);
  return all;
}

Html scheme_fields(const IncomingFields& fields, bool adding, const FormErrors& errors) {
  const std::vector<std::string> names = scheme_names();
  std::vector<std::string> senders;
  senders.reserve(names.size());
  for (const std::string& name : names) senders.push_back(schemes_named(name).front()->sender);
  std::vector<Choice> choices{{"", "not signed: anyone with the URL can send"}};
  for (std::size_t i = 0; i < names.size(); ++i) choices.push_back({names[i], senders[i]});
  choices.push_back({generic_name, "other sender, described below"});
  Html all = choice_field({.name = "scheme", .help = "How the sender signs requests."}, choices,
                          fields.scheme, errors);
  all += text_field(
      {.name = "secret",
       .help = adding ? "The signing secret from the sender’s settings; required if it signs."
                      : "A new secret, valid from now on; empty: unchanged.",
       .type = "password"},
      "", errors);
  all += html<R"(<details class="more"{}><summary>Other sender</summary>{}</details>)">(
      flag<"open">(fields.scheme == generic_name || !errors.of("generic").empty()),
      text_field({.name = "generic",
                  .help = "As the flags on the command line: header, and prefix, digest, encoding, "
                          "key where they differ from HMAC-SHA256 of the body in hex.",
                  .placeholder = "header=x-signature encoding=base64",
                  .label = "Signature format"},
                 fields.generic, errors));
  return all;
}

Html sender_fields(const IncomingFields& fields, bool adding, const FormErrors& errors) {
  Html all =
      text_field({.name = "verify-token",
                  .help = adding ? "Verify token for the handshake of Meta."
                                 : "Verify token for the handshake of Meta; empty: unchanged.",
                  .type = "password"},
                 "", errors);
  all += area_field(
      {.name = "allowed-addresses",
       .help = "One per line: accept requests from these only, as in 192.30.252.0/22. Empty: any."},
      lines_of(fields.allowed_addresses), errors, 2);
  all += area_field({.name = "content-types", .help = "One per line. Empty: JSON and forms."},
                    lines_of(fields.content_types), errors, 2);
  all += text_field({.name = "max-body", .help = "Up to 25MiB."}, fields.max_body, errors);
  all += text_field({.name = "dedupe",
                     .help = "A message repeated within this time is answered but not processed; "
                             "0s: process every message."},
                    fields.dedupe, errors);
  all += text_field(
      {.name = "rate", .help = "Maximum; 0 for no limit.", .label = "Requests per second"},
      fields.rate, errors);
  return html<
      R"(<details class="more"{}><summary>More: addresses, content types, size, duplicates, rate</summary>{}</details>)">(
      flag<"open">(is_off(of_the_sender, errors)), all);
}

}  // namespace

IncomingFields incoming_fields_of(const IncomingHook& hook) {
  const IncomingAction& action = hook.action;
  IncomingFields fields{.name = hook.name,
                        .description = hook.description,
                        .event = action.event_type,
                        .command = typed_lines(action.command),
                        .directory = action.directory,
                        .timeout = format_duration(action.timeout),
                        .max_parallel = std::to_string(action.max_parallel),
                        .scheme = hook.scheme,
                        .allowed_addresses = hook.allowed_addresses,
                        .content_types = hook.content_types,
                        .max_body = size_words(hook.max_body),
                        .dedupe = format_duration(hook.dedupe),
                        .rate = fmt::format("{:g}", hook.rate)};
  for (const FieldRule& rule : action.fields) {
    fields.set.push_back(to_text(rule));
    if (rule.fallback) fields.fallback.push_back(rule.field + "=" + *rule.fallback);
  }
  for (const Condition& condition : action.conditions) fields.when.push_back(to_text(condition));
  fields.set = typed_lines(fields.set);
  fields.fallback = typed_lines(fields.fallback);
  fields.when = typed_lines(fields.when);
  if (is_generic(hook.scheme)) {
    fields.scheme = generic_name;
    fields.generic = trimmed(std::string_view(hook.scheme).substr(generic_name.size()));
  }
  return fields;
}

IncomingFields incoming_fields_of(const Form& form) {
  return {.name = form.text("name"),
          .description = form.text("description"),
          .event = form.text("event"),
          .set = form.lines("set"),
          .fallback = form.lines("default"),
          .when = form.lines("when"),
          .command = form.lines("command"),
          .directory = form.text("directory"),
          .timeout = form.text("timeout"),
          .max_parallel = form.text("max-parallel"),
          .scheme = form.text("scheme"),
          .generic = form.text("generic"),
          .verify_token = form.text("verify-token"),
          .allowed_addresses = form.lines("allowed-addresses"),
          .content_types = form.lines("content-types"),
          .max_body = form.text("max-body"),
          .dedupe = form.text("dedupe"),
          .rate = form.text("rate")};
}

void read_incoming_fields(const IncomingFields& fields, IncomingHook& settings,
                          FormErrors& errors) {
  const IncomingFields before = incoming_fields_of(settings);
  settings.name = fields.name;
  if (fields.description != before.description) settings.description = fields.description;
  read_action(fields, before, settings.action, errors);
  if (fields.scheme != before.scheme || fields.generic != before.generic) {
    read_scheme(fields, settings, errors);
  }
  if (!fields.verify_token.empty()) settings.verify_token = fields.verify_token;
  settings.allowed_addresses = fields.allowed_addresses;
  settings.content_types = fields.content_types;
  read_bounds(fields, before, settings, errors);
}

Html incoming_form_fields(const IncomingFields& fields, ActionKind kind,
                          std::span<const EventType> types, bool adding, const FormErrors& errors) {
  Html all = text_field(
      {.name = "name", .help = "Its name here and on the command line.", .required = true},
      fields.name, errors);
  all += text_field({.name = "description"}, fields.description, errors);
  all += action_fields(fields, kind, types, errors);
  all += scheme_fields(fields, adding, errors);
  all += sender_fields(fields, adding, errors);
  return all;
}

}  // namespace thig::pages
