#include "core/web/revision.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"
#include "core/web/problem.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::web {

std::string entity_tag(std::string_view document) {
  constexpr std::size_t enough = 16;  // digits, to tell versions apart
  return fmt::format("\"{}\"", to_hex(hash(Digest::sha256, document)).substr(0, enough));
}

bool meets_if_match(const HttpRequest& request, const std::string& tag) {
  std::string_view list = request.header("if-match");
  if (list.empty()) return true;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    const std::string_view one = trimmed(list.substr(0, end));
    if (one == tag || one == "*") return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

HttpResponse changed_meanwhile() {
  return problem_answer({.status = 412,
                         .code = "PRECONDITION_FAILED",
                         .text = "it was changed meanwhile",
                         .hint = "get it again, and retry with its new ETag"});
}

}  // namespace thig::web
