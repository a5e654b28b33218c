#include "core/rules/suggest.h"

#include "core/base/codec.h"

#include <algorithm>
#include <vector>

namespace thig {
namespace {

// Damerau–Levenshtein distance in its restricted form: no part is edited twice.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;

  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  std::string_view best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t limit = candidate.size() / 3;
    // The distance is at least the difference in length: this also keeps huge words out.
    if (word.size() > candidate.size() + limit || word.size() + limit < candidate.size()) continue;
    const std::size_t away = distance(ascii_lower(word), ascii_lower(candidate));
    if (away > limit || (!best.empty() && away >= best_distance)) continue;
    best = candidate;
    best_distance = away;
  }
  return std::string(best);
}

}  // namespace thig
