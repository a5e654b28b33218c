// Where a field of an action comes from, as `--set FIELD=WHERE` says it.
#pragma once

#include "core/rules/request_values.h"
#include "tests/support/store_samples.h"

#include <optional>
#include <string>
#include <utility>

namespace thig {

inline FieldRule rule(std::string field, const std::string& where,
                      std::optional<std::string> fallback = std::nullopt) {
  return {.field = std::move(field),
          .value = get(parse_value_ref(where)),
          .fallback = std::move(fallback)};
}

}  // namespace thig
