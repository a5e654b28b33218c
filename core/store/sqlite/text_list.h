// Lists of texts in one column, as JSON.
#pragma once

#include "core/store/sqlite/query.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig::sqlite {

std::string write_texts(const std::vector<std::string>& texts);
// What is no such list is rejected as damaged.
std::vector<std::string> read_texts(Query& row, int column);

// Rejects what is no JSON array, for a reader that has taken `json` apart. `rewritten` is how this
// program writes what was read: nearly always the same text, and then nothing need be checked.
void accept_list(Query& row, int column, std::string_view json, std::string_view rewritten);

}  // namespace thig::sqlite
