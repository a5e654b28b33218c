#include "core/rules/retry_schedule.h"

#include "core/base/codec.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace thig {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t most_waits = 20;
constexpr Millis shortest_wait = seconds(1);
constexpr Millis longest_wait = days(7);
constexpr Millis longest_retry_after = hours(24);
constexpr std::string_view no_retry = "none";

struct HttpDate {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// 1 to 12; 0 for what is no month.
int month_number(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? 0 : static_cast<int>(found - names.begin()) + 1;
}

// Reads `text` by a layout of the same length: y, d, H, M and S stand for a digit of the year, day,
// hour, minute and second, _ for a digit of the day or a blank, b for a letter of the month;
// everything else for itself.
std::optional<HttpDate> read_by_layout(std::string_view text, std::string_view layout) {
  if (text.size() != layout.size()) return std::nullopt;
  HttpDate date;
  std::string month;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int* field = nullptr;
    switch (layout[i]) {
      case 'y':
        field = &date.year;
        break;
      case '_':
      case 'd':
        field = &date.day;
        break;
      case 'H':
        field = &date.hour;
        break;
      case 'M':
        field = &date.minute;
        break;
      case 'S':
        field = &date.second;
        break;
      case 'b':
        month.push_back(text[i]);
        continue;
      default:
        if (text[i] != layout[i]) return std::nullopt;
        continue;
    }
    if (layout[i] == '_' && text[i] == ' ') continue;
    if (!is_digit(text[i])) return std::nullopt;
    *field = *field * 10 + (text[i] - '0');
  }
  date.month = month_number(month);
  return date;
}

std::optional<Time> to_time(const HttpDate& date) {
  const std::chrono::year_month_day ymd{std::chrono::year(date.year),
                                        std::chrono::month(static_cast<unsigned>(date.month)),
                                        std::chrono::day(static_cast<unsigned>(date.day))};
  // 60 is a leap second.
  if (!ymd.ok() || date.hour > 23 || date.minute > 59 || date.second > 60) return std::nullopt;
  return std::chrono::sys_days(ymd) + hours(date.hour) + minutes(date.minute) +
         seconds(date.second);
}

// RFC 9110: a year of two digits is never meant to be over 50 years ahead.
int full_year(int two_digits, Time now) {
  const std::chrono::year_month_day today(std::chrono::floor<days>(now));
  const int latest = int(today.year()) + 50;
  const int in_that_century = latest - latest % 100 + two_digits;
  return in_that_century > latest ? in_that_century - 100 : in_that_century;
}

// The three forms of RFC 9110 section 5.6.7. The day of the week is not compared with the date.
std::optional<Time> parse_http_date(std::string_view text, Time now) {
  constexpr std::string_view zone = " GMT";
  const std::size_t comma = text.find(", ");
  std::optional<HttpDate> date;
  if (comma == text.npos) {  // Sun Nov  6 08:49:37 1994
    if (text.size() < 4) return std::nullopt;
    date = read_by_layout(text.substr(3), " bbb _d HH:MM:SS yyyy");
  } else if (text.ends_with(zone)) {
    text.remove_suffix(zone.size());
    text.remove_prefix(std::min(comma + 2, text.size()));
    date = read_by_layout(text, "dd bbb yyyy HH:MM:SS");  // Sun, 06 Nov 1994 08:49:37 GMT
    if (!date) {                                          // Sunday, 06-Nov-94 08:49:37 GMT
      date = read_by_layout(text, "dd-bbb-yy HH:MM:SS");
      if (date) date->year = full_year(date->year, now);
    }
  }
  return date ? to_time(*date) : std::nullopt;
}

}  // namespace

std::vector<Millis> default_retry_schedule() {
  return {seconds(170), seconds(680), seconds(2720)};
}

Result<std::vector<Millis>> parse_retry_schedule(std::string_view text) {
  std::vector<Millis> waits;
  if (text == no_retry) return waits;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    THIG_TRY_ASSIGN(wait, parse_duration(trimmed(rest.substr(0, comma))));
    waits.push_back(wait);
    if (comma == rest.npos || waits.size() > most_waits) break;
    rest.remove_prefix(comma + 1);
  }
  THIG_TRY(check_retry_schedule(waits));
  return waits;
}

Status check_retry_schedule(std::span<const Millis> waits) {
  if (waits.size() > most_waits) {
    return fail(ErrorCode::invalid,
                fmt::format("a retry schedule can have at most {} waits", most_waits));
  }
  for (const Millis wait : waits) {
    if (wait >= shortest_wait && wait <= longest_wait) continue;
    return fail(ErrorCode::invalid,
                fmt::format("a retry wait must be from 1s to 7d, not {}", format_duration(wait)),
                "give waits like 1m,5m,30m, or \"none\" for no retry");
  }
  return {};
}

std::string format_retry_schedule(std::span<const Millis> waits) {
  if (waits.empty()) return std::string(no_retry);
  std::string out;
  for (const Millis wait : waits) {
    if (!out.empty()) out.push_back(',');
    out += format_duration(wait);
  }
  return out;
}

std::optional<Millis> retry_wait(std::span<const Millis> waits, int attempts_made, double jitter) {
  const std::size_t index = static_cast<std::size_t>(std::max(attempts_made, 1)) - 1;
  if (index >= waits.size()) return std::nullopt;
  return shortened(waits[index], jitter);
}

Millis shortened(Millis span, double jitter) {
  const double part = static_cast<double>(span.count()) * std::clamp(jitter, 0.0, 1.0) / 10;
  return span - Millis(static_cast<std::int64_t>(part));
}

std::optional<Millis> parse_retry_after(std::string_view header, Time now) {
  const std::string_view text = trimmed(header);
  if (text.empty()) return std::nullopt;

  if (std::ranges::all_of(text, is_digit)) {
    std::int64_t count = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    if (read.ec != std::errc{} || count > longest_retry_after / seconds(1)) {
      return longest_retry_after;
    }
    return Millis(seconds(count));
  }

  const auto date = parse_http_date(text, now);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, Millis(0), longest_retry_after);
}

}  // namespace thig
