// The steps of a test with their times, each a bar at its place.
#pragma once

#include "core/api/test_flow.h"
#include "core/web/pages/html/html.h"

#include <string_view>

namespace thig::pages {

// "TLS handshake": where a test stopped.
std::string_view step_name(Phase phase);
Html waterfall(const TestReport& report);

}  // namespace thig::pages
