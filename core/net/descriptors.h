// How many files this process may have open. A connection is a file.
#pragma once

#include <cstddef>

namespace thig {

// Raises the soft limit as far as that is of use.
void allow_many_descriptors();
// How many of them connections may take: all but those that the rest of the program needs.
std::size_t descriptors_for_connections();
// EMFILE, ENFILE or ENOMEM if no file can be opened just now; 0 if one can.
int descriptor_lack();

}  // namespace thig
