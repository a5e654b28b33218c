#include "core/web/pages/html/charts.h"

#include "core/web/pages/html/parts.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr double chart_height = 80;
constexpr int column = 10;  // the width of an hour
constexpr int bar_width = 7;
constexpr int grid_lines = 4;
constexpr std::size_t hours_between_words = 3;

// The least of 4, 8, 20, 40, 80, 200, … that is not below it, so that four lines fall on whole
// numbers.
std::int64_t top_of_axis(std::int64_t most) {
  for (std::int64_t ten = 1;; ten *= 10) {
    for (const std::int64_t step : {4, 8, 20}) {
      if (step * ten >= most) return step * ten;
    }
  }
}

struct Bars {
  std::string good;
  std::string bad;
};

void add_bar(std::string& path, std::size_t hour, double foot, double height) {
  path += fmt::format("M{} {:.1f}v-{:.1f}h{}v{:.1f}z", static_cast<double>(hour) * column + 1.5,
                      foot, height, bar_width, height);
}

Bars bars_of(std::span<const HourCount> hours, std::int64_t top) {
  Bars bars;
  const double unit = chart_height / static_cast<double>(top);
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const double good = static_cast<double>(hours[i].ok) * unit;
    const double bad = static_cast<double>(hours[i].failed) * unit;
    if (hours[i].ok > 0) add_bar(bars.good, i, chart_height, std::max(good, 1.0));
    if (hours[i].failed > 0) {
      add_bar(bars.bad, i, chart_height - (good > 0 ? good + 0.8 : 0), std::max(bad, 1.5));
    }
  }
  return bars;
}

std::string in_words(const HourCount& hour) {
  return fmt::format("{}: {} delivered, {} failed", hour_text(hour.begins), grouped(hour.ok),
                     grouped(hour.failed));
}

Html hits(std::span<const HourCount> hours) {
  Html all;
  for (std::size_t i = 0; i < hours.size(); ++i) {
    all +=
        html<R"(<rect class="hit" x="{}" y="0" width="10" height="80"><title>{}</title></rect>)">(
            i * column, in_words(hours[i]));
  }
  return all;
}

Html axis(std::int64_t top) {
  Html all;
  for (int i = grid_lines; i >= 0; --i) all += html<"<li>{}</li>">(grouped(top * i / grid_lines));
  return html<R"(<ol class="y" aria-hidden="true">{}</ol>)">(all);
}

Html words(std::span<const HourCount> hours) {
  Html all;
  for (std::size_t i = 0; i < hours.size(); i += hours_between_words) {
    all += html<"<li>{}</li>">(minute_text(hours[i].begins));
  }
  return html<R"(<ol class="x" aria-hidden="true">{}</ol>)">(all);
}

Html as_table(std::span<const HourCount> hours) {
  Html rows;
  for (const HourCount& hour : hours) {
    rows +=
        html<R"(<tr><th scope="row">{}</th><td class="num">{}</td><td class="num">{}</td></tr>)">(
            hour_text(hour.begins), grouped(hour.ok), grouped(hour.failed));
  }
  return html<
      R"(<details><summary>Show as a table</summary><table><caption>Attempts by hour, UTC</caption><thead><tr><th scope="col" class="fill">Hour</th><th scope="col" class="num">Delivered</th><th scope="col" class="num">Failed</th></tr></thead><tbody>{}</tbody></table></details>)">(
      rows);
}

std::string sum_in_words(std::span<const HourCount> hours) {
  std::int64_t ok = 0;
  std::int64_t failed = 0;
  for (const HourCount& hour : hours) {
    ok += hour.ok;
    failed += hour.failed;
  }
  return fmt::format("Attempts by hour: {} delivered, {} failed", grouped(ok), grouped(failed));
}

}  // namespace

Html hour_chart(std::span<const HourCount> hours) {
  std::int64_t most = 1;
  for (const HourCount& hour : hours) most = std::max(most, hour.ok + hour.failed);
  const std::int64_t top = top_of_axis(most);
  const Bars bars = bars_of(hours, top);
  return html<
      R"(<figure><figcaption><span>Attempts by hour</span><span><span class="key">delivered</span> <span class="key bad-key">failed</span></span></figcaption><div class="plot">{}<svg viewBox="0 0 {} 80" preserveAspectRatio="none" role="img" aria-label="{}"><path class="grid" d="M0 0H{}M0 20H{}M0 40H{}M0 60H{}M0 80H{}"/><path class="good" d="{}"/><path class="bad" d="{}"/>{}</svg>{}</div>{}</figure>)">(
      axis(top), hours.size() * column, sum_in_words(hours), hours.size() * column,
      hours.size() * column, hours.size() * column, hours.size() * column, hours.size() * column,
      bars.good, bars.bad, hits(hours), words(hours), as_table(hours));
}

Html meter(std::span<const MeterRow> rows, std::string_view kind) {
  double longest = 0;
  for (const MeterRow& row : rows) longest = std::max(longest, row.length);
  Html all;
  for (const MeterRow& row : rows) {
    const double share = longest > 0 ? 100 * row.length / longest : 0;
    all += html<
        R"(<tr><th scope="row">{}</th><td class="fill"><svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="wait" width="100" height="1"/><rect class="{}" width="{}" height="1"/></svg></td><td class="num">{}</td></tr>)">(
        row.name, kind, fmt::format("{:.1f}", share), row.value);
  }
  return html<R"(<table class="meter"><tbody>{}</tbody></table>)">(all);
}

}  // namespace thig::pages
