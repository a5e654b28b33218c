// How the `run` that serves a database hears of commands that have just written to it: they ring a
// socket beside the file ("<database>.bell"; mode 0600, or 0660 where a group shares the database).
#pragma once

#include "core/base/error.h"
#include "core/store/change_source.h"

#include <memory>
#include <string>

namespace thig::sqlite {

// The end that hears. Replaces a socket left by a dead process. Works for paths longer than a
// socket address can hold.
Result<std::unique_ptr<ChangeSource>> open_bell(const std::string& database);

// Rings the bell of whoever listens beside this database. No one there is no fault; never blocks.
void ring_bell(const std::string& database) noexcept;

}  // namespace thig::sqlite
