// A database that was made for a command which then failed is not left behind.
#pragma once

#include "core/base/error.h"

#include <span>
#include <string>
#include <string_view>

namespace thig::sqlite {

// Removes the database and its locks if nothing has been written to it since it was made, and
// nobody else has it open or serves it; false otherwise. Settings of these names do not count.
// Whoever opens it at the same moment either keeps it from being removed, or notices that it is
// gone before it says that anything was written (Connection::check_in_place).
Result<bool> remove_unused(const std::string& file,
                           std::span<const std::string_view> settings_of_no_use);

}  // namespace thig::sqlite
