#include "core/rules/endpoint_rules.h"

#include "core/base/codec.h"
#include "core/rules/event_conditions.h"
#include "core/rules/retry_schedule.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_description = 500;
constexpr std::size_t longest_header_name = 100;
constexpr std::size_t longest_header_value = 1024;
constexpr std::size_t most_headers = 20;
constexpr Millis shortest_timeout = std::chrono::seconds(1);
constexpr Millis longest_timeout = std::chrono::seconds(60);
constexpr int widest_window = 256;
constexpr double highest_rate = 10'000;

constexpr std::string_view id_prefixes[] = {"wh_", "dlv_", "evt_"};

// Set by us or by HTTP itself, or changing what the request is.
constexpr std::string_view reserved_headers[] = {
    "accept-encoding",   "connection", "content-encoding", "content-length",
    "content-type",      "date",       "expect",           "host",
    "http2-settings",    "keep-alive", "proxy-connection", "te",
    "trailer",           "upgrade",    "user-agent",       "via",
    "transfer-encoding",
};
constexpr std::string_view reserved_prefixes[] = {"webhook-", "proxy-"};

std::unexpected<Error> invalid(std::string text, Remark hint = {}) {
  return fail(ErrorCode::invalid, std::move(text), std::move(hint));
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Status check_header_name(std::string_view name) {
  if (!is_http_token(name) || name.size() > longest_header_name) {
    return invalid(fmt::format("not a valid header name: \"{}\"", printable(name)),
                   "use letters, digits and -, at most 100 characters");
  }
  const std::string lower = ascii_lower(name);
  const bool reserved = std::ranges::find(reserved_headers, lower) != std::end(reserved_headers) ||
                        std::ranges::any_of(reserved_prefixes,
                                            [&](auto prefix) { return lower.starts_with(prefix); });
  if (reserved) {
    return invalid(fmt::format("the header {} cannot be set: deliveries set it themselves", name),
                   "choose another name, such as X-…");
  }
  return {};
}

Status check_header_set(const Endpoint& endpoint) {
  if (endpoint.headers.size() > most_headers) {
    return invalid(fmt::format("too many extra headers: {}", endpoint.headers.size()),
                   fmt::format("give at most {}", most_headers));
  }
  std::vector<std::string> names;
  if (!endpoint.signature_header.empty()) {
    THIG_TRY(said_of("signature-header", check_header_name(endpoint.signature_header)));
    names.push_back(ascii_lower(endpoint.signature_header));
  }
  for (const Header& header : endpoint.headers) {
    THIG_TRY(check_extra_header(header));
    const std::string name = ascii_lower(header.name);
    if (std::ranges::find(names, name) != names.end()) {
      return invalid(fmt::format("the header {} is given twice", header.name));
    }
    names.push_back(name);
  }
  return {};
}

Status check_description(std::string_view description) {
  if (!is_plain_text(description)) {
    return invalid("the description must be UTF-8 without control characters");
  }
  if (count_characters(description) > longest_description) {
    return invalid(
        fmt::format("the description is longer than {} characters", longest_description));
  }
  return {};
}

Status check_timeout(Millis timeout) {
  if (timeout >= shortest_timeout && timeout <= longest_timeout) return {};
  return invalid(
      fmt::format("the timeout must be from 1s to 60s, not {}", format_duration(timeout)));
}

Status check_window(int most) {
  if (most >= 1 && most <= widest_window) return {};
  return invalid(
      fmt::format("deliveries in flight must be from 1 to {}, not {}", widest_window, most));
}

Status check_rate(double rate) {
  if (std::isfinite(rate) && rate >= 0 && rate <= highest_rate) return {};
  return invalid(fmt::format("the rate must be from 0 to {} a second, not {}", highest_rate, rate),
                 "0 means no limit");
}

Status check_events(const Endpoint& endpoint) {
  if (!endpoint.events.empty()) return {};
  return invalid("the webhook has no events", "give at least one, or \"*\" for all");
}

Status check_client_files(const Endpoint& endpoint) {
  if (endpoint.client_cert.empty() == endpoint.client_key.empty()) return {};
  return invalid("a client certificate and its key must be given together",
                 {"give both ", Setting{"client-cert"}, " and ", Setting{"client-key"}});
}

}  // namespace

Status check_endpoint_name(std::string_view name) {
  if (name.empty()) return invalid("the name is empty");
  if (!is_plain_text(name)) {
    return invalid(fmt::format("the name \"{}\" is not UTF-8 without control characters",
                               printable(name.substr(0, longest_name))));
  }
  if (count_characters(name) > longest_name) {
    return invalid(fmt::format("the name is longer than {} characters", longest_name));
  }
  if (name.front() == ' ' || name.back() == ' ') {
    return invalid(fmt::format("the name \"{}\" begins or ends with a space", name));
  }
  for (const std::string_view prefix : id_prefixes) {
    if (name.starts_with(prefix)) {
      return invalid(fmt::format("the name \"{}\" looks like an id", name),
                     fmt::format("choose a name that does not begin with {}", prefix));
    }
  }
  return {};
}

Status check_extra_header(const Header& header) {
  THIG_TRY(check_header_name(header.name));
  // Some HTTP libraries take an empty value as a wish to leave the header out.
  if (header.value.empty()) {
    return invalid(fmt::format("the header {} has no value", header.name));
  }
  const bool printable_ascii =
      std::ranges::all_of(header.value, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable_ascii) {
    return invalid(fmt::format("the value of the header {} is not printable ASCII", header.name));
  }
  if (header.value.size() > longest_header_value) {
    return invalid(fmt::format("the value of the header {} is longer than {} bytes", header.name,
                               longest_header_value));
  }
  return {};
}

Status check_endpoint(const Endpoint& endpoint) {
  THIG_TRY(said_of("name", check_endpoint_name(endpoint.name)));
  THIG_TRY(said_of("description", check_description(endpoint.description)));
  THIG_TRY(said_of("events", check_events(endpoint)));
  THIG_TRY(said_of("when", check_event_conditions(endpoint.conditions)));
  THIG_TRY(said_of("headers", check_header_set(endpoint)));
  THIG_TRY(said_of("retry", check_retry_schedule(endpoint.retry)));
  THIG_TRY(said_of("timeout", check_timeout(endpoint.timeout)));
  THIG_TRY(said_of("max-in-flight", check_window(endpoint.max_in_flight)));
  THIG_TRY(said_of("rate", check_rate(endpoint.rate)));
  return said_of(endpoint.client_cert.empty() ? "client-cert" : "client-key",
                 check_client_files(endpoint));
}

}  // namespace thig
