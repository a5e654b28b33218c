// What the operating system says when it refuses something about a file.
#pragma once

#include "core/base/error.h"

#include <string>
#include <string_view>

namespace thig {

// Whether `reason` (errno) says that nothing more can be stored there: space, inodes, a quota.
bool is_no_room(int reason);
// Whether none are left on the filesystem of the file, which need not be there.
bool no_inodes_left(const std::string& file);
// What to do about it on the filesystem of the file, which need not be there.
std::string no_room_hint(const std::string& file, int reason);

// "cannot <doing> <file>: <reason>": `full` where there is no space, `file` with `hint` otherwise;
// where permissions keep us out, the hint says whose (access_hint.h).
std::unexpected<Error> file_error(std::string_view doing, const std::string& file, int reason,
                                  Remark hint);

}  // namespace thig
