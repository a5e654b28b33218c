// The names of an enum's values, from one table per enum.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace thig {

template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

// Every value has a row; "unknown" for what was cast into the enum from elsewhere.
template <class E, std::size_t N>
constexpr std::string_view enum_name(const EnumName<E> (&table)[N], E value) {
  for (const EnumName<E>& row : table) {
    if (row.value == value) return row.name;
  }
  return "unknown";
}

template <class E, std::size_t N>
constexpr std::optional<E> enum_value(const EnumName<E> (&table)[N], std::string_view name) {
  for (const EnumName<E>& row : table) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

}  // namespace thig
