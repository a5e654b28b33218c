#include "core/rules/base_path.h"

#include "core/rules/origin.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_base_path = 200;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").contains(c);
}

bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && std::ranges::all_of(name, is_plain);
}

bool is_base_path(std::string_view path) {
  if (!path.starts_with('/') || path.size() > longest_base_path) return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    if (!is_name(name)) return false;
    path.remove_prefix(name.size());
  }
  return true;
}

}  // namespace

Status check_base_path(std::string_view path) {
  if (is_base_path(path)) return {};
  return fail(ErrorCode::usage, fmt::format("\"{}\" is not a path to serve below", path),
              "write it as /hooks or /ops/hooks: without a slash at its end, of letters, digits, "
              "and - . _ ~; leave it out to serve at the root");
}

Result<std::string> url_below(std::string_view public_url, std::string_view path) {
  const std::string has = path_of_url(public_url);
  if (has.empty()) return std::string(public_url).append(path);
  if (path.empty() || has == path) return std::string(public_url);
  return fail(ErrorCode::usage,
              fmt::format("the public URL has the path {}, and the base path is {}", has, path),
              "say the path once, or the same in both");
}

}  // namespace thig
