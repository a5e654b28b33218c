#include "core/net/http_library.h"

#include <boost/version.hpp>
#include <fmt/format.h>

namespace thig {

std::string boost_version() {
  return fmt::format("{}.{}.{}", BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000,
                     BOOST_VERSION % 100);
}

}  // namespace thig
