// Tables, for eyes and for scripts.
#pragma once

#include "cli/terminal/style.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/documents/settings_json.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

class Context;

struct Cell {
  std::string text;
  Style style = Style::plain;
  std::string brief = {};  // for when the terminal is too narrow; empty: no shorter form
  std::optional<std::string> piped = {};  // what scripts get, where that is not `text`
};

struct Column {
  std::string header;
  enum class Where { both, terminal, piped } where = Where::both;
  bool right = false;     // aligned
  bool shrinks = false;   // may be cut, to `least`, when the terminal is too narrow
  bool optional = false;  // may be left out when it still is; the first of them goes first
  bool yields = false;  // may be left out when all of those are, before others are cut at the edge
  int least = 12;
};

// Cells hold whatever came from outside: control characters are made visible here.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell for every column.
  void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // From now on these columns alone, in this order, named as their headers in any case, with - for
  // blanks; no name: all as usual. `usage`, with the names there are. Of two with the same name the
  // one that is shown `for_eyes`, or to scripts.
  Status choose(std::span<const std::string> names, bool for_eyes);

  // Aligned under a header, no line wider than `width` (0: no limit). Columns in which every cell
  // is empty are left out.
  // `hidden` gets the headers of those that were left out for lack of room.
  std::string for_terminal(int width, bool colour,
                           std::vector<std::string>* hidden = nullptr) const;
  // A line for each row, separated by tabs; nothing is ever cut.
  std::string tab_separated() const;
  // Such a line of cells that are no row yet: thousands of them need not be held at once.
  std::string tab_line(const std::vector<Cell>& cells) const;

 private:
  struct Shown {
    std::size_t column = 0;
    int width = 0;
  };
  std::vector<std::size_t> shown_columns(bool for_eyes) const;
  std::vector<Shown> lay_out(int width, bool& brief) const;
  std::vector<std::size_t> dispensable() const;
  std::vector<Shown> measure(bool brief, std::span<const std::size_t> left_out) const;
  std::string line(const std::vector<Shown>& layout, const std::vector<Cell>& cells, int width,
                   bool brief, bool colour) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> chosen_;  // empty: all that the place shows
  std::vector<std::vector<Cell>> rows_;
};

enum class Fit { terminal, whole };
// On standard output: for eyes on a terminal, separated by tabs otherwise. `whole` is for what is
// of no use when it is cut, such as a secret. Obeys --columns (`usage`) and --wide; columns that
// found no room are named on standard error.
Status print_table(Context& context, Table& table, Fit fit = Fit::terminal);
// The same of what has been changed already: a column that is not there is warned of.
void print_outcome(Context& context, Table& table, Fit fit = Fit::terminal);
// For rows that are written one by one: the columns that were asked for. `usage`.
Status choose_columns(Context& context, Table& table);

// Times are RFC 3339 in data; on a terminal "3 min ago" stands beside them.
Cell time_cell(std::optional<Time> time, Time now);
// For the view of one thing, where there is room: the local time, too (terminal/local_time.h).
Cell moment_cell(Time time, Time now);
// A sentence that was recorded: for people, its times are told in the same way.
Cell sentence_cell(const std::string& text, Time now);

// "98.5%", rounded so that only a clean record shows 100%; empty for nothing.
std::string format_rate(std::optional<double> rate);
// "3 deliveries", "1 delivery".
std::string count_of(std::int64_t count, std::string_view one, std::string_view many);

}  // namespace thig
