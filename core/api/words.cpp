#include "core/api/words.h"

#include "core/rules/suggest.h"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

Result<std::optional<Time>> parse_end(std::string_view field,
                                      const std::optional<std::string>& text, Time now,
                                      const FieldNames& names) {
  if (!text) return std::nullopt;
  auto moment = parse_moment(*text, now);
  if (moment) return *moment;
  return std::unexpected(names.error_of(field, std::move(moment).error()));
}

}  // namespace

std::string FieldNames::name(std::string_view field) const {
  return fmt::format("{}{}", prefix, field);
}

Error FieldNames::error_of(std::string_view field, Error error) const {
  error.text = fmt::format("{}: {}", name(field), error.text);
  return error;
}

Error not_a_choice(std::string_view word, std::span<const std::string> choices) {
  const std::string near = nearest(word, choices);
  return {ErrorCode::usage, fmt::format("\"{}\" is none of {}", word, fmt::join(choices, ", ")),
          near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near)};
}

Result<Time> parse_time(const std::string& text) {
  if (const auto time = parse_rfc3339(text)) return *time;
  std::int64_t seconds = 0;
  const bool plain = text == "0" || (!text.empty() && text.front() >= '1' && text.front() <= '9');
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t year_9999 = 253'402'300'799;
  if (plain && error == std::errc() && end == text.data() + text.size() && seconds <= year_9999) {
    return time_from_millis(seconds * 1000);
  }
  return fail(ErrorCode::usage, fmt::format("\"{}\" is no time", text),
              "write it as 2026-01-15T10:30:00Z, or in seconds since 1970");
}

Result<Time> parse_moment(const std::string& text, Time now) {
  if (const auto span = parse_duration(text)) return now - *span;
  if (const auto time = parse_time(text)) return *time;
  return fail(ErrorCode::usage, fmt::format("\"{}\" is no time and no duration", text),
              "write it as 2h, for two hours ago, or as 2026-01-15T10:30:00Z");
}

Result<TimeRange> parse_time_range(const std::optional<std::string>& since,
                                   const std::optional<std::string>& until, Time now,
                                   const FieldNames& names) {
  THIG_TRY_ASSIGN(from, parse_end("since", since, now, names));
  THIG_TRY_ASSIGN(to, parse_end("until", until, now, names));
  if (from && to && *to <= *from) {
    return fail(ErrorCode::usage,
                fmt::format("{} is no later than {}", names.name("until"), names.name("since")));
  }
  return TimeRange{.since = from, .until = to};
}

}  // namespace thig
