#include "core/api/words.h"

#include "core/base/codec.h"
#include "core/rules/suggest.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

Result<std::optional<Time>> parse_end(std::string_view field,
                                      const std::optional<std::string>& text, Time now,
                                      const Wording& wording) {
  if (!text) return std::nullopt;
  auto moment = parse_moment(*text, now);
  if (moment) return *moment;
  return std::unexpected(wording.error_of(field, std::move(moment).error()));
}

// Settings that the command line and forms call otherwise.
struct CalledOtherwise {
  std::string_view setting;
  std::string_view name;
};
constexpr CalledOtherwise called_otherwise[] = {
    {"before", "after"},  // the page before is named by its end
    {"expires", "expiresAt"},
    {"scope", "scopes"},
};

}  // namespace

std::string member_name(std::string_view name) {
  const auto found = std::ranges::find(called_otherwise, name, &CalledOtherwise::setting);
  if (found != std::end(called_otherwise)) return std::string(found->name);
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '-' && i + 1 < name.size()) {
      const char next = name[++i];
      text += next >= 'a' && next <= 'z' ? static_cast<char>(next - 32) : next;
    } else {
      text += name[i];
    }
  }
  return text;
}

std::string Wording::text(const Remark& remark) const {
  struct Part {
    const Wording& wording;
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const Operation& named) const { return wording.operation(named); }
    std::string operator()(const Setting& named) const { return wording.setting(named); }
  };
  std::string text;
  for (const Remark::Part& part : remark.parts()) text += std::visit(Part{*this}, part);
  return text;
}

std::vector<std::string> Wording::texts(std::span<const Remark> remarks) const {
  std::vector<std::string> texts;
  texts.reserve(remarks.size());
  for (const Remark& remark : remarks) texts.push_back(text(remark));
  return texts;
}

Error Wording::error_of(std::string_view setting_name, Error error) const {
  error.text = fmt::format("{}: {}", setting({std::string(setting_name)}), error.text);
  error.field = setting_name;
  return error;
}

Error not_a_choice(std::string_view word, std::span<const std::string> choices) {
  const std::string near = nearest(word, choices);
  return {ErrorCode::usage, fmt::format("\"{}\" is not one of {}", word, fmt::join(choices, ", ")),
          near.empty() ? Remark() : Remark(fmt::format("did you mean \"{}\"?", near))};
}

std::vector<std::string_view> filled_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    if (!line.empty()) lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
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
  return fail(ErrorCode::usage, fmt::format("not a valid time: \"{}\"", text),
              "write it as 2026-01-15T10:30:00Z, or in seconds since 1970");
}

Result<Time> parse_moment(const std::string& text, Time now) {
  if (const auto span = parse_duration(text)) return now - *span;
  if (const auto time = parse_time(text)) return *time;
  return fail(ErrorCode::usage, fmt::format("not a valid time or duration: \"{}\"", text),
              "write it as 2h, for two hours ago, or as 2026-01-15T10:30:00Z");
}

Result<TimeRange> parse_time_range(const std::optional<std::string>& since,
                                   const std::optional<std::string>& until, Time now,
                                   const Wording& wording) {
  THIG_TRY_ASSIGN(from, parse_end("since", since, now, wording));
  THIG_TRY_ASSIGN(to, parse_end("until", until, now, wording));
  if (from && to && *to <= *from) {
    return std::unexpected(
        Error{.code = ErrorCode::usage,
              .text = fmt::format("{} must be later than {}", wording.setting({"until"}),
                                  wording.setting({"since"})),
              .hint = {},
              .field = "until"});
  }
  return TimeRange{.since = from, .until = to};
}

}  // namespace thig
