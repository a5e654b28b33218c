// The log of a command that goes on working while somebody reads what it does: `run`, `deliver`,
// `serve-incoming`, `listen`. Both streams are written by threads of their own
// (cli/log/background_writer.h), so that no reader and no disk can hold up a delivery or an answer.
#pragma once

#include "cli/app/context.h"
#include "cli/terminal/log_line.h"

namespace thig {

// Warns, once, of a log that cannot be written. Cheap: to be called now and then.
void mind_log(Context& context);

// From now on; nothing if it is so already. An answer may wait longer for whoever reads it before
// any of it is dropped. `internal` if there can be no thread.
Status log_in_background(Context& context, LogIs log);

// Waits until standard output has been written, as long as somebody reads it, and warns of what was
// lost. Where the log is the answer, that is an error: `file`. A reader that has gone is none.
Status end_log(Context& context, LogIs log);

// For whatever is still written in the background when a command is over.
void end_background(Output& output);

}  // namespace thig
