// A database that was made for a command which then failed is not left behind.
#pragma once

#include "core/base/error.h"

#include <span>
#include <string>
#include <string_view>

namespace thig::sqlite {

// Removes the database and its locks if nothing has been written to it since it was made, and
// nobody else has it open or serves it; false otherwise. Settings of these names do not count.
// Whoever opens it at the same moment keeps it from being removed (place.h), or waits and then
// finds none.
Result<bool> remove_unused(const std::string& file,
                           std::span<const std::string_view> settings_of_no_use);

}  // namespace thig::sqlite
