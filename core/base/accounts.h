// The names of this machine's users and groups.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

namespace thig {

// Nothing if it has none: files may belong to whom the machine does not know. Not thread-safe.
std::optional<std::string> user_name(uid_t user);
std::optional<std::string> group_name(gid_t group);

// For people: the name, or "uid 1001", "gid 1001". Not thread-safe.
std::string describe_user(uid_t user);
std::string describe_group(gid_t group);

}  // namespace thig
