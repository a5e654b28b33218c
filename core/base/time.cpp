#include "core/base/time.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

namespace thig {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Reads a text from the left. Each step says whether it found what it wanted; after a failure the
// position means nothing.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool skip(char lower, char upper) {
    if (rest_.empty() || (rest_[0] != lower && rest_[0] != upper)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip(char wanted) { return skip(wanted, wanted); }

  // Exactly `count` digits.
  bool digits(std::size_t count, int& value) {
    if (rest_.size() < count) return false;
    value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  // As many digits as there are; at least one.
  std::string_view all_digits() {
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }

 private:
  std::string_view rest_;
};

bool read_date(Cursor& cursor, std::chrono::sys_days& date) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!cursor.digits(4, year) || !cursor.skip('-') || !cursor.digits(2, month) ||
      !cursor.skip('-') || !cursor.digits(2, day)) {
    return false;
  }
  const std::chrono::year_month_day ymd{std::chrono::year(year),
                                        std::chrono::month(static_cast<unsigned>(month)),
                                        std::chrono::day(static_cast<unsigned>(day))};
  if (!ymd.ok() || year < 1970) return false;
  date = ymd;
  return true;
}

// "10:30:00" and the fraction, cut to milliseconds.
bool read_time_of_day(Cursor& cursor, Millis& time) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!cursor.digits(2, hour) || !cursor.skip(':') || !cursor.digits(2, minute) ||
      !cursor.skip(':') || !cursor.digits(2, second)) {
    return false;
  }
  if (hour > 23 || minute > 59 || second > 59) return false;

  int millis = 0;
  if (cursor.skip('.')) {
    std::string fraction(cursor.all_digits());
    if (fraction.empty() || fraction.size() > 9) return false;
    fraction.resize(3, '0');
    std::from_chars(fraction.data(), fraction.data() + fraction.size(), millis);
  }
  time = hours(hour) + minutes(minute) + seconds(second) + Millis(millis);
  return true;
}

bool read_offset(Cursor& cursor, Millis& offset) {
  offset = Millis(0);
  if (cursor.skip('z', 'Z')) return true;
  const bool west = cursor.skip('-');
  if (!west && !cursor.skip('+')) return false;
  int hour = 0;
  int minute = 0;
  if (!cursor.digits(2, hour) || !cursor.skip(':') || !cursor.digits(2, minute)) return false;
  if (hour > 23 || minute > 59) return false;
  offset = hours(hour) + minutes(minute);
  if (west) offset = -offset;
  return true;
}

// Over those that are there, padded with zeros.
void put_digits(std::string& text, std::size_t at, std::size_t count, std::int64_t value) {
  for (std::size_t i = at + count; i-- > at; value /= 10) {
    text[i] = static_cast<char>('0' + value % 10);
  }
}

// A text has four digits for the year: what is before or after those is written as their end.
Time within_four_digits(Time time) {
  constexpr Time first = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
  constexpr Time end = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
  return std::clamp(time, first, end - Millis(1));
}

// Over "0000-00-00T00:00:00". By hand, as it is done for each event that is emitted and several
// times in each line of a list.
void put_seconds(std::string& text, Time time) {
  const auto date = std::chrono::floor<days>(time);
  const std::chrono::year_month_day ymd(date);
  const std::chrono::hh_mm_ss clock(time - date);
  put_digits(text, 0, 4, int(ymd.year()));
  put_digits(text, 5, 2, unsigned(ymd.month()));
  put_digits(text, 8, 2, unsigned(ymd.day()));
  put_digits(text, 11, 2, clock.hours().count());
  put_digits(text, 14, 2, clock.minutes().count());
  put_digits(text, 17, 2, clock.seconds().count());
}

struct Unit {
  std::string_view name;
  Millis span;
};

// Largest first.
constexpr Unit units[] = {{"w", days(7)},    {"d", days(1)},    {"h", hours(1)},
                          {"m", minutes(1)}, {"s", seconds(1)}, {"ms", Millis(1)}};

constexpr Millis longest_duration = days(3650);

std::unexpected<Error> bad_duration(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid, fmt::format("not a valid duration: \"{}\" ({})", text, why),
              "write it like 90s, 5m, 2h, 7d or 1h30m");
}

}  // namespace

std::string format_rfc3339(Time time) {
  std::string text = "0000-00-00T00:00:00Z";
  put_seconds(text, within_four_digits(time));
  return text;
}

std::string format_rfc3339_millis(Time time) {
  const Time shown = within_four_digits(time);
  const auto fraction = shown - std::chrono::floor<seconds>(shown);
  std::string text = "0000-00-00T00:00:00.000Z";
  put_seconds(text, shown);
  put_digits(text, 20, 3, fraction.count());
  return text;
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  Cursor cursor(text);
  std::chrono::sys_days date;
  Millis time_of_day{};
  Millis offset{};
  if (!read_date(cursor, date) || !cursor.skip('t', 'T') ||
      !read_time_of_day(cursor, time_of_day) || !read_offset(cursor, offset) || !cursor.at_end()) {
    return std::nullopt;
  }
  const Time time = date + time_of_day - offset;
  constexpr Time end = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
  if (time < Time{} || time >= end) return std::nullopt;
  return time;
}

std::string rewrite_times(std::string_view text, const std::function<std::string(Time)>& write) {
  constexpr std::size_t length = std::string_view("2026-01-15T10:30:00Z").size();
  std::string out;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, length);
    const auto time = part.back() == 'Z' ? parse_rfc3339(part) : std::nullopt;
    if (time && format_rfc3339(*time) == part) {
      out += write(*time);
      text.remove_prefix(length);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

Result<Millis> parse_duration(std::string_view text) {
  if (text.empty()) return bad_duration(text, "it is empty");
  Millis total{0};
  const Unit* next = std::begin(units);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits == 0) return bad_duration(text, "a number is missing");
    std::int64_t count = 0;
    const char* const number = rest.data();
    const auto read = std::from_chars(number, number + digits, count);
    rest.remove_prefix(digits);

    const std::size_t letters = std::min(rest.find_first_of("0123456789"), rest.size());
    const std::string_view name = rest.substr(0, letters);
    rest.remove_prefix(letters);
    if (name.empty()) return bad_duration(text, "a unit is missing");
    const Unit* unit = std::ranges::find(next, std::end(units), name, &Unit::name);
    if (unit == std::end(units)) {
      return bad_duration(text, "units are w, d, h, m, s and ms, each once, the largest first");
    }
    next = unit + 1;

    if (read.ec != std::errc{} || count > longest_duration / unit->span) {
      return bad_duration(text, "it is longer than ten years");
    }
    total += count * unit->span;
  }
  if (total > longest_duration) return bad_duration(text, "it is longer than ten years");
  return total;
}

std::string format_duration(Millis span) {
  if (span < Millis(0)) return "-" + format_duration(-span);
  if (span == Millis(0)) return "0s";
  std::string out;
  const bool one_unit = span < hours(1);
  for (const Unit& unit : units) {
    if (unit.name == "w") continue;  // a week is known as 7d, also in what was written before
    if (one_unit && span % unit.span != Millis(0)) continue;
    if (const auto count = span / unit.span; count > 0) {
      out.append(std::to_string(count)).append(unit.name);
    }
    span %= unit.span;
  }
  return out;
}

std::string describe_relative(Time then, Time now) {
  const bool past = then <= now;
  const Millis distance = past ? now - then : then - now;
  if (distance < seconds(5)) return "just now";

  std::string span;
  if (distance < minutes(1)) {
    span = fmt::format("{} s", distance / seconds(1));
  } else if (distance < hours(1)) {
    span = fmt::format("{} min", distance / minutes(1));
  } else if (distance < days(1)) {
    span = fmt::format("{} h", distance / hours(1));
  } else {
    const auto count = distance / days(1);
    span = fmt::format("{} day{}", count, count == 1 ? "" : "s");
  }
  return past ? span + " ago" : "in " + span;
}

}  // namespace thig
