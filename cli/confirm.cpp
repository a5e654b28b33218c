#include "cli/confirm.h"

#include "cli/line_reader.h"
#include "core/base/codec.h"

namespace thig {

Result<bool> confirm(Context& context, const std::string& question) {
  if (!context.can_ask()) {
    return fail(ErrorCode::usage, "this needs --yes where nobody can be asked; nothing was changed",
                "add --yes if you are sure");
  }
  context.err().write(printable(question) + " [y/N] ");
  THIG_TRY(context.err().flush());
  LineReader reader(context.in(), 100);
  for (;;) {
    std::string_view line;
    THIG_TRY_ASSIGN(event, reader.next(line));
    if (event == LineReader::Event::pause) continue;
    if (event == LineReader::Event::end) return false;
    const std::string answer = ascii_lower(line);
    return answer == "y" || answer == "yes";
  }
}

}  // namespace thig
