#include "cli/log/admin_log.h"

#include "core/api/log_lines.h"
#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig {

void AdminLog::answered(const AdminAccess& access) {
  write_answer(
      level_of_answer(access.status),
      [&] {
        return fmt::format("{} {} {} {} {} {} ms", logged(access.client), logged(access.method),
                           logged(access.path), logged(access.via), access.status,
                           access.took.count());
      },
      [&](Time now) { return admin_line(access, now); });
}

void AdminLog::refused(const std::string& client, std::string_view what, const std::string& why) {
  warn(fmt::format("refused a {} from {}: {}", what, printable(client), printable(why)));
}

void AdminLog::failed(const Error& error) {
  fail(fmt::format("could not answer a request: {}", printable(error.text)));
}

}  // namespace thig
