// Rows of comma-separated values, RFC 4180, for people who open them in a spreadsheet.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace thig {

// One line, with its end. A cell that a spreadsheet would take for a formula, because it begins
// with = + - @ a tab or a carriage return, gets an apostrophe before it.
void append_csv_row(std::string& out, std::initializer_list<std::string_view> cells);

}  // namespace thig
