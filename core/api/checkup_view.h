// What a check-up has found, as a document.
#pragma once

#include "core/api/words.h"
#include "core/care/checkup.h"

#include <span>
#include <string>

namespace thig {

std::string findings_document(std::span<const Finding> findings, const Wording& wording);

// Whether something is wrong that has to be put right.
bool has_fault(std::span<const Finding> findings);

}  // namespace thig
