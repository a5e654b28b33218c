// What was brought back or called off, as documents.
#pragma once

#include "core/api/recovery_flow.h"

#include <span>
#include <string>

namespace thig {

std::string retried_document(const RetryReport& report);

// What there is to recover, and how long that takes at that rate; what was recovered.
std::string recovery_preview_document(std::span<const RecoveryShare> shares,
                                      std::optional<double> most_per_second);
std::string recovery_document(std::span<const RecoveryShare> shares);

// Of one webhook: what would be cancelled; what was.
std::string cancel_preview_document(const RecoveryShare& share);
std::string cancelled_document(const RecoveryShare& share);
// Of deliveries that were named.
std::string cancelled_document(const Cancelled& cancelled);

}  // namespace thig
