#include "core/base/csv.h"

namespace thig {
namespace {

constexpr std::string_view formula_beginnings = "=+-@\t\r";

void append_quoted(std::string& out, std::string_view cell) {
  out += '"';
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_cell(std::string& out, std::string_view cell) {
  std::string guarded;
  if (!cell.empty() && formula_beginnings.find(cell.front()) != formula_beginnings.npos) {
    guarded.append("'").append(cell);
    cell = guarded;
  }
  if (cell.find_first_of(",\"\r\n") == cell.npos) {
    out += cell;
  } else {
    append_quoted(out, cell);
  }
}

}  // namespace

void append_csv_row(std::string& out, std::initializer_list<std::string_view> cells) {
  bool first = true;
  for (const std::string_view cell : cells) {
    if (!first) out += ',';
    first = false;
    append_cell(out, cell);
  }
  out += "\r\n";
}

}  // namespace thig
