// What a body may have been before something on its way changed it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace thig {

// Calls visit(text, what) for the body itself (with an empty `what`), then for each other text
// once, until it answers false. `what` is for people: "the body without the newline at its end".
// One text at a time is kept; JSON is written again only up to 4 MiB, and not where that would
// swell it.
void visit_body_variants(
    std::string_view body,
    const std::function<bool(const std::string& text, const std::string& what)>& visit);

}  // namespace thig
