#include "cli/views/delivery_view.h"

namespace thig {

std::string describe(const Attempt& attempt) {
  return attempt.ok() ? std::to_string(attempt.status.value_or(0)) : attempt.error;
}

Style style_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::delivered:
      return Style::good;
    case DeliveryState::dead:
    case DeliveryState::missed:
      return Style::bad;
    case DeliveryState::pending:
      return Style::warn;
    case DeliveryState::cancelled:
    case DeliveryState::test:
      return Style::dim;
  }
  return Style::plain;
}

}  // namespace thig
