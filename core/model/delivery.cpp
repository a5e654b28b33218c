#include "core/model/delivery.h"

#include "core/base/codec.h"
#include "core/base/enum_names.h"

namespace thig {
namespace {

constexpr EnumName<DeliveryState> delivery_states[] = {
    {DeliveryState::pending, "pending"},     {DeliveryState::delivered, "delivered"},
    {DeliveryState::dead, "dead"},           {DeliveryState::missed, "missed"},
    {DeliveryState::cancelled, "cancelled"}, {DeliveryState::test, "test"},
};

}  // namespace

std::string_view to_text(DeliveryState state) {
  return enum_name(delivery_states, state);
}

std::string outcome_of(const Attempt& attempt) {
  if (attempt.status) return std::to_string(*attempt.status);
  return attempt.error.substr(0, attempt.error.find(':'));
}

bool matches_outcome(std::string_view wanted, std::string_view outcome) {
  const bool whole_class = wanted.size() == 3 && is_digit(wanted[0]) && wanted.ends_with("xx");
  if (!whole_class) return wanted == outcome;
  return outcome.size() == 3 && outcome[0] == wanted[0] && is_digit(outcome[1]);
}

std::optional<DeliveryState> parse_delivery_state(std::string_view text) {
  return enum_value(delivery_states, text);
}

}  // namespace thig
