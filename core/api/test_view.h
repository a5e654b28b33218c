// What a test sends and its result, as documents.
#pragma once

#include "core/api/test_flow.h"
#include "core/api/words.h"

#include <string>

namespace thig {

// The value of a header as it may be shown: the values of an endpoint's own may be secrets.
std::string shown_value(const Endpoint& endpoint, const Header& header);
// The answer, if one came.
const Responded* answer_of(const Finished& finished);
double in_millis(Timing::Micros time);

// The request alone, as it would be sent.
std::string test_request_document(const PreparedTest& test);
// The request, what was seen on the way, the outcome, and what to do.
std::string test_document(const TestReport& report, const Wording& wording);

}  // namespace thig
