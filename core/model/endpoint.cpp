#include "core/model/endpoint.h"

#include "core/base/enum_names.h"

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

}  // namespace thig
