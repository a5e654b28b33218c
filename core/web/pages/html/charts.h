// Charts of pages: bars are SVG that is stretched, words are HTML.
#pragma once

#include "core/model/stats.h"
#include "core/web/pages/html/html.h"

#include <span>
#include <string_view>
#include <vector>

namespace thig::pages {

// Attempts by hour, the failed ones on top, with an axis and the same as a table.
Html hour_chart(std::span<const HourCount> hours);

// Rows of a name, a bar as long as its share of the longest, and a value in words.
struct MeterRow {
  Html name;
  double length = 0;
  std::string value;
};
// `kind`: "good" or "bad".
Html meter(std::span<const MeterRow> rows, std::string_view kind);

}  // namespace thig::pages
