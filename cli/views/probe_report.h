// What `test` found, line by line.
#pragma once

#include "cli/app/context.h"
#include "core/api/test_flow.h"
#include "core/base/error.h"

#include <span>

namespace thig {

// The request alone, as it would be sent.
void print_test_request(Context& context, const PreparedTest& test);

// The request, what was seen on the way, the outcome, and what to do.
void print_test_report(Context& context, const TestReport& report);

// One line for each.
Status print_test_table(Context& context, std::span<const TestReport> reports);

}  // namespace thig
