#include "core/web/pages/outgoing/webhook_form.h"

#include "core/rules/endpoint_rules.h"
#include "core/rules/event_conditions.h"
#include "core/rules/header_text.h"
#include "core/rules/request_values.h"
#include "core/rules/retry_schedule.h"
#include "core/rules/url_rules.h"
#include "core/setup/webhooks.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr Choice signature_choices[] = {
    {"both", "v1 and t1: for receivers of both kinds"},
    {"standard", "v1 only: Standard Webhooks"},
    {"thig", "the bare t1 hex: for receivers that compare the whole header"},
};
constexpr std::string_view rarely_set[] = {
    "retry",         "timeout", "signature",     "signature-header", "headers",     "secret",
    "max-in-flight", "rate",    "allow-private", "ca-file",          "client-cert", "client-key"};

// Types and patterns, one a line or with commas or blanks between them.
void add_written_events(std::string_view text, std::vector<std::string>& events) {
  constexpr std::string_view between = ", \t\n";
  while (!text.empty()) {
    const std::size_t from = std::min(text.find_first_not_of(between), text.size());
    text.remove_prefix(from);
    const std::string one(text.substr(0, text.find_first_of(between)));
    text.remove_prefix(one.size());
    if (!one.empty() && std::ranges::find(events, one) == events.end()) events.push_back(one);
  }
}

// A number alone, with nothing behind it.
template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

void read_counts(const WebhookFields& fields, Endpoint& settings, FormErrors& errors) {
  if (!read_number(fields.max_in_flight, settings.max_in_flight)) {
    errors.add("max-in-flight", "Must be an integer from 1 to 256.");
  }
  if (fields.rate.empty()) {
    settings.rate = 0;
  } else if (!read_number(fields.rate, settings.rate)) {
    errors.add("rate", "Must be a number of attempts per second, or 0 for no limit.");
  }
}

void read_header_lines(const WebhookFields& fields, Endpoint& settings, FormErrors& errors) {
  const std::vector<Header> before = std::exchange(settings.headers, {});
  for (const std::string& line : fields.headers) {
    const auto kept = std::ranges::find(before, line, &Header::name);
    if (kept != before.end()) {
      settings.headers.push_back(*kept);
    } else if (const auto header = errors.take("headers", parse_header(line))) {
      settings.headers.push_back(*header);
    }
  }
}

// Those that were chosen before come first, as they were, so that only what is meant is a change.
void read_events(const WebhookFields& fields, Endpoint& settings) {
  const auto wanted = [&](const std::string& event) {
    return std::ranges::find(fields.events, event) != fields.events.end();
  };
  std::erase_if(settings.events, [&](const std::string& event) { return !wanted(event); });
  for (const std::string& event : fields.events) {
    if (std::ranges::find(settings.events, event) == settings.events.end()) {
      settings.events.push_back(event);
    }
  }
}

// One that a field of several lines cannot show as it is stays as long as nothing is changed.
void read_conditions(const WebhookFields& fields, Endpoint& settings, FormErrors& errors) {
  if (fields.when == fields_of(settings).when) return;
  settings.conditions.clear();
  for (const std::string& line : fields.when) {
    if (auto condition = errors.take("when", as_typed(parse_event_condition(line)))) {
      settings.conditions.push_back(std::move(*condition));
    }
  }
}

// In the place of what is off, so that what else is off can be told.
void set_to_usual(std::string_view field, Endpoint& settings) {
  const Endpoint usual;
  if (field == "name") settings.name = "usual";
  if (field == "description") settings.description.clear();
  if (field == "events") settings.events = {"*"};
  if (field == "when") settings.conditions.clear();
  if (field == "headers") settings.headers.clear();
  if (field == "signature-header") settings.signature_header.clear();
  if (field == "retry") settings.retry.clear();
  if (field == "timeout") settings.timeout = usual.timeout;
  if (field == "max-in-flight") settings.max_in_flight = usual.max_in_flight;
  if (field == "rate") settings.rate = usual.rate;
  if (field.starts_with("client-")) settings.client_cert = settings.client_key = "";
}

// All that the rules refuse, not the first of it alone.
void add_faults(Endpoint settings, FormErrors& errors) {
  constexpr int most = 10;  // fields that can be off
  for (int i = 0; i < most; ++i) {
    const Status good = check_endpoint(settings);
    if (good) return;
    errors.add(good.error());
    set_to_usual(good.error().field, settings);
  }
}

Html network_fields(const WebhookFields& fields, const FormErrors& errors) {
  Html all =
      tick("allow-private", "yes", "Allow private and loopback addresses", fields.allow_private);
  all += text_field({.name = "ca-file",
                     .help = "A PEM file on the server: CA certificates to trust for this webhook "
                             "instead of the system's."},
                    fields.ca_file, errors);
  all += text_field({.name = "client-cert",
                     .help = "A PEM file on the server, for a receiver that requires one."},
                    fields.client_cert, errors);
  all +=
      text_field({.name = "client-key", .help = "A PEM file on the server, without a passphrase."},
                 fields.client_key, errors);
  return all;
}

Html request_fields(const WebhookFields& fields, bool adding, const FormErrors& errors) {
  Html all =
      choice_field({.name = "signature", .help = "What the header webhook-signature contains."},
                   signature_choices, fields.signature, errors);
  all += text_field({.name = "signature-header",
                     .help = "The name of an additional header with the bare t1 hex, for older "
                             "receivers; usually empty."},
                    fields.signature_header, errors);
  all += area_field({.name = "headers",
                     .help = adding ? "One per line, as in: X-Team: sales"
                                    : "One per line, as in: X-Team: sales. A name alone keeps the "
                                      "current value; values are not shown."},
                    fmt::format("{}", fmt::join(fields.headers, "\n")), errors);
  if (!adding) return all;
  all += text_field(
      {.name = "secret", .help = "Leave it empty to generate a random one.", .type = "password"},
      "", errors);
  return all;
}

Html rare_fields(const WebhookFields& fields, bool adding, const FormErrors& errors) {
  Html all = text_field({.name = "retry",
                         .help = "Retry schedule: delays between attempts (backoff), such as "
                                 "1m,5m,30m, or none; each up to 10 % shorter, at random."},
                        fields.retry, errors);
  all +=
      text_field({.name = "timeout",
                  .help = "Maximum time for an attempt, until the response headers have arrived."},
                 fields.timeout, errors);
  all += request_fields(fields, adding, errors);
  all += text_field({.name = "max-in-flight", .help = "Maximum, 1 to 256."}, fields.max_in_flight,
                    errors);
  all += text_field({.name = "rate", .help = "Maximum; 0 for no limit."}, fields.rate, errors);
  all += network_fields(fields, errors);
  const bool open =
      std::ranges::any_of(rarely_set, [&](auto field) { return !errors.of(field).empty(); });
  return html<
      R"(<details class="more"{}><summary>More: retries, timeout, signature, headers, limits, network</summary>{}</details>)">(
      flag<"open">(open), all);
}

}  // namespace

WebhookFields fields_of(const Endpoint& endpoint) {
  WebhookFields fields{.name = endpoint.name,
                       .url = endpoint.url,
                       .description = endpoint.description,
                       .events = endpoint.events,
                       .when = {},
                       .retry = format_retry_schedule(endpoint.retry),
                       .timeout = format_duration(endpoint.timeout),
                       .signature = std::string(to_text(endpoint.signature)),
                       .signature_header = endpoint.signature_header,
                       .headers = {},
                       .max_in_flight = std::to_string(endpoint.max_in_flight),
                       .rate = fmt::format("{:g}", endpoint.rate),
                       .allow_private = endpoint.allow_private,
                       .ca_file = endpoint.ca_file,
                       .client_cert = endpoint.client_cert,
                       .client_key = endpoint.client_key};
  for (const Condition& condition : endpoint.conditions) fields.when.push_back(to_text(condition));
  fields.when = typed_lines(fields.when);
  for (const Header& header : endpoint.headers) fields.headers.push_back(header.name);
  return fields;
}

WebhookFields fields_of(const Form& form) {
  WebhookFields fields{.name = form.text("name"),
                       .url = form.text("url"),
                       .description = form.text("description"),
                       .events = form.all("event"),
                       .when = form.lines("when"),
                       .retry = form.text("retry"),
                       .timeout = form.text("timeout"),
                       .signature = form.text("signature"),
                       .signature_header = form.text("signature-header"),
                       .headers = form.lines("headers"),
                       .max_in_flight = form.text("max-in-flight"),
                       .rate = form.text("rate"),
                       .allow_private = form.ticked("allow-private"),
                       .ca_file = form.text("ca-file"),
                       .client_cert = form.text("client-cert"),
                       .client_key = form.text("client-key")};
  add_written_events(form.text("more-events"), fields.events);
  return fields;
}

void read_fields(const WebhookFields& fields, Endpoint& settings, FormErrors& errors) {
  settings.name = fields.name;
  settings.url = fields.url;
  settings.description = fields.description;
  settings.signature_header = fields.signature_header;
  settings.allow_private = fields.allow_private;
  settings.ca_file = fields.ca_file;
  settings.client_cert = fields.client_cert;
  settings.client_key = fields.client_key;
  read_events(fields, settings);
  if (const auto mode = parse_signature_mode(fields.signature)) {
    settings.signature = *mode;
  } else {
    errors.add("signature", "Choose one of these.");
  }
  errors.check("url", check_url_target(fields.url, fields.allow_private));
  if (settings.events.empty()) errors.add("events", "Choose at least one.");
  if (auto waits = errors.take("retry", parse_retry_schedule(fields.retry))) {
    settings.retry = std::move(*waits);
  }
  if (const auto span = errors.take("timeout", parse_duration(fields.timeout))) {
    settings.timeout = *span;
  }
  read_conditions(fields, settings, errors);
  read_header_lines(fields, settings, errors);
  read_counts(fields, settings, errors);
  add_faults(settings, errors);
}

Html webhook_fields(const WebhookFields& fields, const EventChoices& choices, bool adding,
                    const FormErrors& errors) {
  Html all = text_field(
      {.name = "name", .help = "Its name here and on the command line.", .required = true},
      fields.name, errors);
  all += text_field({.name = "url",
                     .help = "HTTPS only. Send Test checks its address and certificate.",
                     .type = "url",
                     .required = true,
                     .placeholder = "https://"},
                    fields.url, errors);
  all += event_boxes(choices, fields.events, errors);
  all +=
      area_field({.name = "when",
                  .help = "One per line, as in /data/status=FINAL or /data/plan!=trial; an "
                          "event is sent only if all match. A JSON pointer into the body of "
                          "the delivery: /event, or /data and what is in it. Empty: all events."},
                 fmt::format("{}", fmt::join(fields.when, "\n")), errors, 2);
  all += text_field({.name = "description", .help = "Description, for people."}, fields.description,
                    errors);
  all += rare_fields(fields, adding, errors);
  return all;
}

}  // namespace thig::pages
