#include "core/model/delivery.h"

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

std::optional<DeliveryState> parse_delivery_state(std::string_view text) {
  return enum_value(delivery_states, text);
}

}  // namespace thig
