// What became of emitted events, as documents.
#pragma once

#include "core/api/emission.h"
#include "core/api/words.h"
#include "core/dispatch/batch.h"

#include <string>

namespace thig {

std::string emission_document(const EmittedEvent& emitted);
std::string emission_preview_document(const EventPreview& preview);

// One line of a batch: its receipt, or its error.
std::string batch_line_document(const LineResult& result, const Wording& wording);

}  // namespace thig
