// A line on standard output for each piece of work that a command does: an attempt, an answer.
#pragma once

#include "cli/app/context.h"
#include "cli/terminal/log_line.h"

namespace thig {

// `text` makes what people read, which a terminal may show; `document` the same as JSON
// (core/api/log_lines.h). With --json these documents are what the command was called for, so no
// level leaves any out. Not flushed.
template <class Text, class Document>
void write_record(Context& context, LogLevel level, Time at, const Text& text,
                  const Document& document) {
  if (context.json()) return context.out().line(document());
  if (!context.logs(level)) return;
  if (context.logs_json()) return context.out().line(document());
  context.out().line(
      log_text(level, at, context.label() + text(), context.out().reader(), context.out_colour()));
}

}  // namespace thig
