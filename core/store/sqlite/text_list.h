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

// The elements of an array; rejects what is none. `json` must outlive the answer.
std::vector<std::string_view> elements_of(Query& row, int column, std::string_view json);

}  // namespace thig::sqlite
