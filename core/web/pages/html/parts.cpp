#include "core/web/pages/html/parts.h"

#include "core/base/codec.h"

#include <algorithm>
#include <cmath>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace thig::pages {
namespace {

using std::chrono::floor;

constexpr int spark_height = 20;
constexpr std::size_t spark_hours = 24;

std::string day_of(Time time) {
  return fmt::format("{:%e %b %Y}", floor<std::chrono::seconds>(time));
}

std::string clock_of(Time time) {
  return fmt::format("{:%H:%M:%S}", floor<std::chrono::seconds>(time));
}

std::string without_blank(std::string_view text) {
  return std::string(text.starts_with(' ') ? text.substr(1) : text);
}

// As much of the date as is not the same now, and a comma: "", "27 Nov, ", "27 Nov 2025, ".
std::string date_before(Time time, Time now) {
  using std::chrono::days;
  using std::chrono::year_month_day;
  const year_month_day date(floor<days>(time));
  const year_month_day today(floor<days>(now));
  if (date == today) return {};
  if (date.year() != today.year()) return without_blank(day_of(time)) + ", ";
  return without_blank(fmt::format("{:%e %b, }", floor<std::chrono::seconds>(time)));
}

// A bar of the sparkline, standing at `foot`.
void add_spark_bar(std::string& path, std::size_t hour, double foot, double height) {
  path += fmt::format("M{} {:.3g}v-{:.3g}h3v{:.3g}z", 4 * hour, foot, height, height);
}

}  // namespace

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string counted(std::int64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", std::floor(share * 1000) / 10);
}

std::string span_text(Millis span) {
  const auto millis = span.count();
  if (millis < 1'000) return fmt::format("{} ms", millis);
  if (millis < 60'000) return fmt::format("{:.1f} s", std::floor(double(millis) / 100) / 10);
  const auto minutes = millis / 60'000;
  if (minutes < 60) return fmt::format("{} min", minutes);
  const auto hours = minutes / 60;
  if (hours < 48 && minutes % 60 == 0) return fmt::format("{} h", hours);
  if (hours < 48) return fmt::format("{} h {} min", hours, minutes % 60);
  return fmt::format("{} days", hours / 24);
}

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kib = 1024;
  if (bytes < kib) return counted(static_cast<std::int64_t>(bytes), "byte", "bytes");
  const double in_kib = double(bytes) / double{kib};
  if (bytes < kib * kib) return fmt::format("{:.1f} KiB", in_kib);
  return fmt::format("{:.1f} MiB", in_kib / double{kib});
}

std::string capital(std::string_view word) {
  std::string text(word);
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  return to_valid_utf8(text, most) + "…";
}

std::string time_text(Time time) {
  return fmt::format("{}, {} UTC", without_blank(day_of(time)), clock_of(time));
}

Html relative_time(Time time, Time now) {
  return html<R"(<time datetime="{}" title="{}">{}</time>)">(format_rfc3339(time), time_text(time),
                                                             describe_relative(time, now));
}

Html full_time(Time time) {
  return html<R"(<time datetime="{}" data-full>{}</time>)">(format_rfc3339(time), time_text(time));
}

Html log_time(Time time, Time now) {
  return html<R"(<time datetime="{}" data-log title="{}">{}</time>)">(
      format_rfc3339(time), time_text(time), date_before(time, now) + clock_of(time));
}

std::string minute_text(Time time) {
  return fmt::format("{:%H:%M}", floor<std::chrono::seconds>(time));
}

std::string moment_text(Time time, Time now) {
  return fmt::format("{}{} UTC", date_before(time, now), minute_text(time));
}

std::string hour_text(Time begins) {
  const std::string day =
      without_blank(fmt::format("{:%e %b}", floor<std::chrono::seconds>(begins)));
  return fmt::format("{}, {}–{}", day, minute_text(begins),
                     minute_text(begins + std::chrono::hours(1)));
}

Html sign(std::string_view kind, std::string_view word) {
  return html<R"(<span class="state {}">{}</span>)">(kind, word);
}

Html count(std::int64_t number) {
  if (number == 0) return html<R"(<span class="zero">0</span>)">();
  return plain(grouped(number));
}

Html count_link(std::int64_t number, const Link& link, bool bad) {
  if (number == 0) return count(number);
  return html<R"(<a class="plain{}" href="{}">{}</a>)">(bad ? " bad" : "", link, grouped(number));
}

Html copyable(std::string_view text, std::string_view what) {
  return html<
      R"(<div class="cmd"><code>{}</code><button class="copy" type="button" aria-label="Copy {}" hidden>Copy</button></div>)">(
      text, what);
}

Html command(std::string_view text) {
  return copyable(text, "the command");
}

Html step(std::string_view words, std::string_view shell) {
  return html<"<li><span>{}</span>{}</li>">(words, command(shell));
}

Html copy_button(std::string_view label, std::string_view of_id) {
  return html<
      R"(<button class="copy" type="button" data-copy="{}" aria-label="Copy: {}" hidden>Copy</button>)">(
      of_id, label);
}

Html note(std::string_view kind, std::string_view sign_kind, std::string_view title,
          const Html& body) {
  return html<R"(<section class="note {}"><h2 class="state {}">{}</h2>{}</section>)">(
      kind, sign_kind, title, body);
}

Html sparkline(std::span<const HourCount> hours) {
  if (hours.size() > spark_hours) hours = hours.last(spark_hours);
  std::int64_t most = 0;
  std::int64_t ok = 0;
  std::int64_t failed = 0;
  for (const HourCount& hour : hours) {
    most = std::max(most, hour.ok + hour.failed);
    ok += hour.ok;
    failed += hour.failed;
  }
  const std::string label =
      fmt::format("{} delivered, {} failed in 24 h", grouped(ok), grouped(failed));
  if (most == 0) {
    return html<
        R"(<svg class="spark" viewBox="0 0 96 20" role="img" aria-label="{}"><path class="wait" d="M0 19h95v1h-95z"/></svg>)">(
        label);
  }
  std::string good;
  std::string bad;
  const double unit = double{spark_height} / double(most);
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const std::size_t at = spark_hours - hours.size() + i;
    const double up = double(hours[i].ok) * unit;
    if (hours[i].ok > 0) add_spark_bar(good, at, spark_height, std::max(up, 1.0));
    if (hours[i].failed > 0) {
      add_spark_bar(bad, at, spark_height - up, std::max(double(hours[i].failed) * unit, 1.0));
    }
  }
  return html<
      R"(<svg class="spark" viewBox="0 0 96 20" role="img" aria-label="{}"><path class="good" d="{}"/><path class="bad" d="{}"/></svg>)">(
      label, good, bad);
}

Html tick_head(std::size_t rows) {
  return html<
      R"(<th scope="col" class="tick"><label><input type="checkbox" data-all aria-label="Select all {} on this page" hidden></label><span class="aside-text">Selected</span></th>)">(
      rows);
}

Html tick_cell(std::string_view id, std::string_view name) {
  return html<
      R"(<td class="tick"><label><input type="checkbox" name="id" value="{}" aria-label="Select {}"></label></td>)">(
      id, name);
}

Html pager(const std::optional<Link>& newer, const std::optional<Link>& older,
           std::string_view told) {
  Html ways;
  if (newer) ways += html<R"(<a class="btn" href="{}" rel="prev">Newest</a>)">(*newer);
  if (older) ways += html<R"(<a class="btn" href="{}" rel="next">Older</a>)">(*older);
  return html<R"(<div class="foot"><p>{}</p><nav class="acts" aria-label="Pages">{}</nav></div>)">(
      told, ways);
}

namespace {

Html count_beside(std::optional<std::int64_t> number) {
  if (!number) return {};
  return html<R"(<span class="count">{}</span>)">(grouped(*number));
}

}  // namespace

Html facet(std::string_view word, const Link& link, bool current,
           std::optional<std::int64_t> number) {
  return html<R"(<a href="{}"{}>{}{}</a>)">(link, attribute<"aria-current">("true", current), word,
                                            count_beside(number));
}

Html tab(std::string_view word, const Link& link, bool current,
         std::optional<std::int64_t> number) {
  return html<R"(<a href="{}"{}>{}{}</a>)">(link, attribute<"aria-current">("page", current), word,
                                            count_beside(number));
}

Html options(std::span<const std::string> words, std::string_view chosen) {
  Html all;
  for (const std::string& word : words) {
    all +=
        html<R"(<option value="{}"{}>{}</option>)">(word, flag<"selected">(word == chosen), word);
  }
  return all;
}

Html fact(std::string_view name, std::string_view value, bool mono) {
  if (value.empty()) return {};
  return html<R"(<dt>{}</dt><dd class="{}">{}</dd>)">(name, mono ? "mono" : "", value);
}

}  // namespace thig::pages
