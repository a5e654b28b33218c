#include "core/base/size.h"

#include "core/base/codec.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace thig {
namespace {

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};

// Smallest first.
constexpr SizeUnit size_units[] = {
    {"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}};

constexpr double most = static_cast<double>(1ull << 53);

// "mib", "mb" and "m" are one unit.
const SizeUnit* find_unit(std::string_view name) {
  const std::string lower = ascii_lower(name);
  if (lower.empty()) return std::begin(size_units);
  for (const SizeUnit& unit : size_units) {
    const std::string known = ascii_lower(unit.name);
    const bool plain = unit.bytes == 1;
    if (lower == known ||
        (!plain && (lower == known.substr(0, 1) + "b" || lower == known.substr(0, 1)))) {
      return &unit;
    }
  }
  return nullptr;
}

std::unexpected<Error> bad_size(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid, fmt::format("not a valid size: \"{}\" ({})", text, why),
              "write it like 500MiB or 1GiB");
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  if (digits == 0 || text[0] == '.') return bad_size(text, "a number is missing");
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + digits) {
    return bad_size(text, "it is not a number");
  }
  const SizeUnit* unit = find_unit(text.substr(digits));
  if (unit == nullptr) return bad_size(text, "units are B, KiB, MiB, GiB and TiB");
  const double bytes = std::floor(number * static_cast<double>(unit->bytes));
  if (!(bytes <= most)) return bad_size(text, "it is too large");
  return static_cast<std::uint64_t>(bytes);
}

std::string format_size(std::uint64_t bytes) {
  const SizeUnit* unit = std::begin(size_units);
  const auto shown = [&] {
    return std::round(static_cast<double>(bytes) * 10 / static_cast<double>(unit->bytes)) / 10;
  };
  while (std::next(unit) != std::end(size_units) && shown() >= 1024) ++unit;
  return fmt::format("{:.{}f}{}", shown(), shown() == std::floor(shown()) ? 0 : 1, unit->name);
}

}  // namespace thig
