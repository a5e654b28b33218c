// What many pages are made of: times, numbers, states, commands, charts.
#pragma once

#include "core/base/time.h"
#include "core/model/stats.h"
#include "core/web/pages/html/html.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thig::pages {

// "54,285".
std::string grouped(std::int64_t number);
// "1 delivery", "2,000 deliveries".
std::string counted(std::int64_t number, std::string_view one, std::string_view many);
// "99.9 %", rounded down, so that 100.0 % is true.
std::string percent(double share);
// "214 ms", "1.9 s", "2 min".
std::string span_text(Millis span);
// "188 bytes", "1.2 KiB".
std::string size_text(std::size_t bytes);

// "Failing" of "failing".
std::string capital(std::string_view word);

// Of a text that is longer, so many bytes at most, and "…".
std::string shortened(std::string_view text, std::size_t most);
// A name, in a column that it must not make too wide.
inline constexpr std::size_t longest_in_column = 40;

// "28 Nov 2026, 15:04:51 UTC".
std::string time_text(Time time);
// "3 min ago", with the whole time behind it.
Html relative_time(Time time, Time now);
// "28 Nov 2026, 15:04:51 UTC"; a script puts it into the reader's own zone.
Html full_time(Time time);
// The time of day alone, if it was today, else the day too, and the year if that is another.
Html log_time(Time time, Time now);

// "15:04", in UTC: beside others of the same day.
std::string minute_text(Time time);
// "15:04 UTC" of today, else "27 Nov, 15:04 UTC", in another year "27 Nov 2025, 15:04 UTC".
std::string moment_text(Time time, Time now);
// "27 Nov, 15:00–16:00", in UTC.
std::string hour_text(Time begins);

// A sign, a word and a colour. `kind` is a class of the style sheet: "enabled", "failing",
// "paused", "disabled", "delivered", "dead", "missed", "pending", "off", "failed-s".
Html sign(std::string_view kind, std::string_view word);
// A number that stands back where it is none.
Html count(std::int64_t number);
// The same, leading to what was counted; `bad`: none of it should be there.
Html count_link(std::int64_t number, const Link& link, bool bad = false);

// A text, to be copied; `what` it is: "the secret".
Html copyable(std::string_view text, std::string_view what);
// A command, to be copied.
Html command(std::string_view text);
// One of <ol class="steps">: what it does, and the command.
Html step(std::string_view words, std::string_view shell);
// A text behind a button that copies it: the element of this id.
Html copy_button(std::string_view label, std::string_view of_id);

// A note: "warning", "failed" or "done".
Html note(std::string_view kind, std::string_view sign_kind, std::string_view title,
          const Html& body);

// 24 bars, one an hour; a hairline when there was nothing.
Html sparkline(std::span<const HourCount> hours);

// The column of boxes of a list whose rows can be ticked: its head, and the cell of a row. `name`
// is of what the row is about: "crm".
Html tick_head(std::size_t rows);
Html tick_cell(std::string_view id, std::string_view name);

// "older" and "newer" at the end of a list.
Html pager(const std::optional<Link>& newer, const std::optional<Link>& older,
           std::string_view told);

// One of a row of choices, each a link: "Failing 2".
Html facet(std::string_view word, const Link& link, bool current,
           std::optional<std::int64_t> count = std::nullopt);
// One of the tabs of a page.
Html tab(std::string_view word, const Link& link, bool current,
         std::optional<std::int64_t> count = std::nullopt);

// A line of <dl class="rows">; nothing where there is no value.
Html fact(std::string_view name, std::string_view value, bool mono = false);

// <option>s, the one that is chosen marked; the value is the word.
Html options(std::span<const std::string> words, std::string_view chosen);

}  // namespace thig::pages
