#include "core/model/endpoint.h"

#include "core/base/enum_names.h"

#include <algorithm>
#include <tuple>

namespace thig {
namespace {

constexpr EnumName<SignatureMode> signature_modes[] = {
    {SignatureMode::both, "both"},
    {SignatureMode::standard, "standard"},
    {SignatureMode::thig, "thig"},
};

constexpr EnumName<EndpointState> endpoint_states[] = {
    {EndpointState::enabled, "enabled"},
    {EndpointState::disabled, "disabled"},
};

constexpr EnumName<DisabledBy> disablers[] = {
    {DisabledBy::nobody, "nobody"},
    {DisabledBy::member, "member"},
    {DisabledBy::failures, "failures"},
    {DisabledBy::gone, "gone"},
};

}  // namespace

std::string_view to_text(SignatureMode mode) {
  return enum_name(signature_modes, mode);
}

std::optional<SignatureMode> parse_signature_mode(std::string_view text) {
  return enum_value(signature_modes, text);
}

std::string_view to_text(EndpointState state) {
  return enum_name(endpoint_states, state);
}

std::string_view to_text(DisabledBy by) {
  return enum_name(disablers, by);
}

bool sends_alike(const Endpoint& a, const Endpoint& b) {
  const auto sending = [](const Endpoint& one) {
    return std::tie(one.url, one.headers, one.signature, one.signature_header, one.timeout,
                    one.allow_private, one.ca_file, one.client_cert, one.client_key);
  };
  return sending(a) == sending(b);
}

EndpointSummary summary_of(Endpoint endpoint) {
  return {.id = endpoint.id,
          .name = std::move(endpoint.name),
          .url = std::move(endpoint.url),
          .events = std::move(endpoint.events),
          .state = endpoint.state,
          .state_reason = std::move(endpoint.state_reason),
          .state_since = endpoint.state_since,
          .disabled_by = endpoint.disabled_by};
}

std::string masked_secret(std::string_view secret) {
  std::string shown = secret.starts_with("whsec_") ? "whsec_…" : "…";
  if (secret.size() < 12) return shown;
  std::string_view tail = secret.substr(secret.size() - 4);
  // Not from the middle of a character.
  while (!tail.empty() && (static_cast<unsigned char>(tail.front()) & 0xc0) == 0x80) {
    tail.remove_prefix(1);
  }
  return shown + std::string(tail);
}

std::string with_masked_secrets(std::string_view text) {
  constexpr std::size_t shortest = 8;  // behind the prefix; "whsec_ and base64" stays as it is
  // Not only what base64 is made of: what was mistyped, or escaped for a URL, is secret too.
  const auto ends_word = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || std::string_view("\"'`,;:<>()[]{}").contains(c);
  };
  std::string masked;
  while (!text.empty()) {
    const auto at = std::min(text.find("whsec_"), text.find("whsk_"));
    masked += text.substr(0, at);
    if (at == text.npos) break;
    text.remove_prefix(at);
    const auto end = static_cast<std::size_t>(std::ranges::find_if(text, ends_word) - text.begin());
    const std::string_view word = text.substr(0, end);
    const bool secret = word.size() >= word.find('_') + 1 + shortest;
    masked += secret ? masked_secret(word) : std::string(word);
    text.remove_prefix(end);
  }
  return masked;
}

}  // namespace thig
