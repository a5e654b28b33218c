// Why this user may not use a file, and what to do about it.
#pragma once

#include <string>

namespace thig {

enum class Access { reads, writes };  // who writes also reads

// Who we are, whose the file or folder is that keeps us out, who may use it, and how one becomes
// one of these: "you are bob; /srv/hooks belongs to ann, and its group hooks may use it: as root,
// usermod -aG hooks bob; …". Empty where nothing keeps us out by its permissions, or nothing can be
// told.
std::string access_hint(const std::string& file, Access access);

// The same of a file that is elsewhere and that we need not be kept out of: whose it is, and who
// may read it. Empty if it cannot be told.
std::string readers_of(const std::string& file);

}  // namespace thig
