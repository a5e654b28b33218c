#include "core/web/page_set.h"

#include "core/web/api_wording.h"

namespace thig {

Surface::Found Surface::find(std::string_view method, std::string_view target) const {
  const bool below =
      !base_.empty() && target.starts_with(base_) && target.substr(base_.size()).starts_with('/');
  if (below) target.remove_prefix(base_.size());
  Found found{.match = match_route(pages_.routes, method, target), .page = true};
  if (found.match.route != nullptr || !found.match.allowed.empty()) return found;
  return {.match = match_route(routes(), method, target), .page = false};
}

// Where there is nothing, whoever asks says what they can read.
HttpResponse Surface::tell(const Problem& problem, const HttpRequest& request,
                           const Admitted& admitted) const {
  const bool readers =
      admitted.page || (admitted.route == nullptr &&
                        request.header("accept").find("text/html") != std::string_view::npos);
  if (!readers || pages_.problem == nullptr) return problem_answer(problem);
  return pages_.problem(problem, request, admitted.caller, base_);
}

const Wording& Surface::wording(const Admitted& admitted) const {
  return admitted.page && pages_.wording != nullptr ? *pages_.wording : api_wording();
}

}  // namespace thig
