// `emit --batch`: a stream of events, each line with its receipt.
#pragma once

#include "cli/app/command.h"
#include "core/dispatch/emitter.h"

#include <string>

namespace thig {

// `file` may be "-". Exit 0 if every line was accepted, `usage` if some were rejected.
Result<ExitCode> emit_batch(Context& context, Emitter& emitter, const std::string& file,
                            bool atomic);

}  // namespace thig
