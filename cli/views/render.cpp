#include "cli/views/render.h"

#include "cli/app/context.h"
#include "cli/terminal/local_time.h"
#include "cli/terminal/width.h"
#include "core/base/codec.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

constexpr std::string_view gap = "  ";

std::string shown_text(const Cell& cell, bool brief) {
  return printable(brief && !cell.brief.empty() ? cell.brief : cell.text);
}

// "last-delivery" for LAST DELIVERY: as --columns takes it.
std::string column_name(const Column& column) {
  std::string name = ascii_lower(column.header);
  std::ranges::replace(name, ' ', '-');
  std::ranges::replace(name, '_', '-');
  return name;
}

template <class Layout>
int total_width(const Layout& layout) {
  int width = 0;
  for (const auto& shown : layout) width += shown.width + static_cast<int>(gap.size());
  return std::max(0, width - static_cast<int>(gap.size()));
}

}  // namespace

Status Table::choose(std::span<const std::string> names, bool for_eyes) {
  chosen_.clear();
  for (const std::string& name : names) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (column_name(columns_[i]) != column_name({.header = name})) continue;
      const bool fits =
          columns_[i].where != (for_eyes ? Column::Where::piped : Column::Where::terminal);
      if (!found || fits) found = i;
    }
    if (!found) {
      chosen_.clear();  // all are known, not those alone that were named before
      std::vector<std::string> known;
      for (const std::size_t i : shown_columns(for_eyes)) known.push_back(column_name(columns_[i]));
      return fail(ErrorCode::usage, fmt::format("--columns: there is no column \"{}\"", name),
                  fmt::format("there are {}", fmt::join(known, ", ")));
    }
    chosen_.push_back(*found);
  }
  return {};
}

std::vector<std::size_t> Table::shown_columns(bool for_eyes) const {
  if (!chosen_.empty()) return chosen_;
  std::vector<std::size_t> shown;
  const auto elsewhere = for_eyes ? Column::Where::piped : Column::Where::terminal;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].where != elsewhere) shown.push_back(i);
  }
  return shown;
}

// The columns that may be left out, the first to go first.
std::vector<std::size_t> Table::dispensable() const {
  std::vector<std::size_t> order;
  if (!chosen_.empty()) return order;
  for (const bool Column::*may : {&Column::optional, &Column::yields}) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].*may) order.push_back(i);
    }
  }
  return order;
}

std::vector<Table::Shown> Table::measure(bool brief, std::span<const std::size_t> left_out) const {
  std::vector<Shown> layout;
  for (const std::size_t i : shown_columns(true)) {
    if (std::ranges::find(left_out, i) != left_out.end()) continue;
    int width = 0;
    for (const auto& row : rows_) {
      width = std::max(width, display_width(shown_text(row[i], brief)));
    }
    if (width > 0 || !chosen_.empty())
      layout.push_back({i, std::max(width, display_width(columns_[i].header))});
  }
  return layout;
}

std::vector<Table::Shown> Table::lay_out(int width, bool& brief) const {
  brief = false;
  std::vector<Shown> layout = measure(brief, {});
  if (width == 0 || total_width(layout) <= width) return layout;
  brief = true;
  const std::vector<std::size_t> order = dispensable();
  for (std::size_t left_out = 0; left_out <= order.size(); ++left_out) {
    layout = measure(brief, std::span(order).first(left_out));
    while (total_width(layout) > width) {
      Shown* widest = nullptr;
      for (Shown& shown : layout) {
        const Column& column = columns_[shown.column];
        const int least = std::max(column.least, display_width(column.header));
        if (!column.shrinks || shown.width <= least) continue;
        if (!widest || shown.width > widest->width) widest = &shown;
      }
      if (!widest) break;
      --widest->width;
    }
    if (total_width(layout) <= width) break;
  }
  return layout;
}

std::string Table::line(const std::vector<Shown>& layout, const std::vector<Cell>& cells, int width,
                        bool brief, bool colour) const {
  std::string out;
  std::string blanks;  // those before the next cell; none at the end of the line
  int left = width;
  for (const Shown& shown : layout) {
    const int room = width == 0 ? shown.width : std::min(shown.width, left);
    if (room <= 0) break;
    const Cell& cell = cells[shown.column];
    const std::string text = fit(shown_text(cell, brief), room);
    const std::string padding(static_cast<std::size_t>(room - display_width(text)), ' ');
    const bool right = columns_[shown.column].right;
    if (!text.empty()) {
      out += blanks + (right ? padding : "") + paint(text, cell.style, colour);
      blanks.clear();
    } else if (right) {
      blanks += padding;
    }
    if (!right) blanks += padding;
    blanks += gap;
    left -= room + static_cast<int>(gap.size());
  }
  return out + "\n";
}

std::string Table::for_terminal(int width, bool colour, std::vector<std::string>* hidden) const {
  bool brief = false;
  const std::vector<Shown> layout = lay_out(width, brief);
  if (hidden != nullptr) {
    for (const Shown& all : measure(brief, {})) {
      if (std::ranges::find(layout, all.column, &Shown::column) == layout.end()) {
        hidden->push_back(columns_[all.column].header);
      }
    }
  }
  std::vector<Cell> header;
  for (const Column& column : columns_) header.push_back({column.header, Style::bold, {}, {}});
  std::string out = line(layout, header, width, brief, colour);
  for (const auto& row : rows_) out += line(layout, row, width, brief, colour);
  return out;
}

std::string Table::tab_separated() const {
  std::string out;
  for (const auto& row : rows_) out += tab_line(row);
  return out;
}

std::string Table::tab_line(const std::vector<Cell>& cells) const {
  std::string out;
  bool first = true;
  for (const std::size_t i : shown_columns(false)) {
    if (!first) out += '\t';
    first = false;
    append_printable(out, cells[i].piped ? *cells[i].piped : cells[i].text);
  }
  return out += '\n';
}

namespace {

void print_chosen(Context& context, const Table& table, Fit fit) {
  if (!context.for_eyes()) {
    context.out().write(table.tab_separated());
    return;
  }
  const bool whole = fit == Fit::whole || context.options().wide;
  std::vector<std::string> hidden;
  context.out().write(
      table.for_terminal(whole ? 0 : context.out().columns(), context.out_colour(), &hidden));
  if (hidden.empty()) return;
  static_cast<void>(context.out().flush());  // the note stands below the table
  context.note(
      fmt::format("hidden for lack of room: {} (--wide shows all)", fmt::join(hidden, ", ")));
}

}  // namespace

Status choose_columns(Context& context, Table& table) {
  return table.choose(context.options().columns, context.for_eyes());
}

Status print_table(Context& context, Table& table, Fit fit) {
  THIG_TRY(choose_columns(context, table));
  print_chosen(context, table, fit);
  return {};
}

void print_outcome(Context& context, Table& table, Fit fit) {
  if (const auto chosen = choose_columns(context, table); !chosen) {
    context.warn(chosen.error().text);
    static_cast<void>(table.choose({}, context.for_eyes()));
  }
  print_chosen(context, table, fit);
}

Cell time_cell(std::optional<Time> time, Time now) {
  if (!time) return {};
  Cell cell{.text = {}, .brief = describe_relative(*time, now), .piped = format_rfc3339(*time)};
  cell.text.append(*cell.piped).append(" (").append(cell.brief).append(")");
  return cell;
}

Cell moment_cell(Time time, Time now) {
  const std::string local = local_time(time);
  Cell cell = time_cell(time, now);
  if (!local.empty()) cell.text = fmt::format("{} ({}, {})", *cell.piped, local, cell.brief);
  return cell;
}

Cell sentence_cell(const std::string& text, Time now) {
  return {.text = rewrite_times(text, [now](Time time) { return moment_cell(time, now).text; }),
          .piped = text};
}

std::string format_rate(std::optional<double> rate) {
  if (!rate) return {};
  // 9,999 of 10,000 is not 100 %, and 1 of 10,000 is not 0 %.
  double percent = std::round(*rate * 1000) / 10;
  if (*rate < 1) percent = std::min(percent, 99.9);
  if (*rate > 0) percent = std::max(percent, 0.1);
  return *rate == 1 || *rate == 0 ? fmt::format("{:.0f}%", percent)
                                  : fmt::format("{:.1f}%", percent);
}

std::string count_of(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace thig
