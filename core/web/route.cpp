#include "core/web/route.h"

#include "core/base/codec.h"

namespace thig {
namespace {

// The next part of a path, without its slash; the rest stays in `path`.
std::string_view take_part(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const std::string_view part = path.substr(0, end);
  path.remove_prefix(end);
  return part;
}

// Nothing for an escape that is none: a path has no second meaning.
std::optional<std::string> decoded(std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      text += part[i];
      continue;
    }
    const auto byte = from_hex(part.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    text += *byte;
    i += 2;
  }
  return text;
}

// What stands in the places of the pattern; nothing if the path is another.
std::optional<std::vector<std::string>> match_path(std::string_view pattern,
                                                   std::string_view path) {
  std::vector<std::string> places;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_part(pattern);
    const std::string_view part = take_part(path);
    if (!wanted.starts_with('{')) {
      if (wanted != part) return std::nullopt;
      continue;
    }
    auto text = decoded(part);
    if (!text || text->empty()) return std::nullopt;
    places.push_back(std::move(*text));
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return places;
}

}  // namespace

Match match_route(std::span<const Route> routes, std::string_view method, std::string_view target) {
  Match match;
  const std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with('/')) return match;
  for (const Route& route : routes) {
    auto places = match_path(route.path, path);
    if (!places) continue;
    if (!match.allowed.contains(route.method)) {
      match.allowed += match.allowed.empty() ? "" : ", ";
      match.allowed += route.method;
    }
    // Who asks for the head alone gets that of the whole.
    if (route.method != (method == "HEAD" ? "GET" : method)) continue;
    // What is written out is meant before what stands in a place: "new" is no event's id.
    if (match.route != nullptr && match.path.size() <= places->size()) continue;
    match.route = &route;
    match.path = std::move(*places);
  }
  return match;
}

}  // namespace thig
