#include "cli/terminal/confirm.h"

#include "cli/files/line_reader.h"
#include "core/base/codec.h"

namespace thig {

Result<bool> confirm(Context& context, const std::string& question) {
  if (!context.can_ask()) {
    return fail(
        ErrorCode::usage,
        "confirmation needed, but there is no terminal to ask on: pass --yes; nothing was changed",
        "add --yes to confirm");
  }
  context.err().write(printable(question) + " [y/N] ");
  THIG_TRY(context.err().flush());
  LineReader reader(context.in(), 100);
  for (;;) {
    std::string_view line;
    auto event = reader.next(line);
    if (event && *event == LineReader::Event::pause) continue;
    if (!event || *event == LineReader::Event::end) context.err().line("");
    if (!event && event.error().code == ErrorCode::interrupted) {
      return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
    }
    if (!event) return std::unexpected(std::move(event).error());
    if (*event == LineReader::Event::end) return false;
    const std::string answer = ascii_lower(line);
    return answer == "y" || answer == "yes";
  }
}

}  // namespace thig
