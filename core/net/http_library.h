// Which Boost the HTTP server was compiled with.
#pragma once

#include <string>

namespace thig {

// "1.81.0"; it is headers alone, so this is no matter of what is installed where the program runs.
std::string boost_version();

}  // namespace thig
