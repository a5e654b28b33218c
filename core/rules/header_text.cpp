#include "core/rules/header_text.h"

#include "core/base/codec.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_text = 1u << 20;

// "POST /hook HTTP/1.1" or "HTTP/1.1 200 OK".
bool is_first_line(std::string_view line) {
  if (line.starts_with("HTTP/")) return true;
  const auto method = line.substr(0, line.find(' '));
  return is_http_token(method) && line.find(" HTTP/") != line.npos;
}

// What stands before the lines that count: "> " or "< " of curl, or nothing.
std::string_view marker_of(std::string_view text) {
  for (const std::string_view marker : {"> ", "< "}) {
    if (text.starts_with(marker) || text.find("\n" + std::string(marker)) != text.npos) {
      return marker;
    }
  }
  return {};
}

std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<Header> parse_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || !is_http_token(line.substr(0, colon))) {
    return fail(ErrorCode::invalid, "not a valid header", "a header is written 'Name: value'");
  }
  return Header{.name = std::string(line.substr(0, colon)),
                .value = std::string(trimmed(line.substr(colon + 1)))};
}

Result<std::vector<Header>> parse_header_text(std::string_view text) {
  if (text.size() > longest_text) {
    return fail(ErrorCode::invalid, "the headers are longer than 1 MiB");
  }
  if (text.find('\0') != text.npos) {
    return fail(ErrorCode::invalid, "the headers contain a NUL byte");
  }
  const std::string_view marker = marker_of(text);
  std::vector<Header> headers;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = take_line(text);
    if (!marker.empty()) {
      if (!line.starts_with(marker.substr(0, 1))) continue;
      line.remove_prefix(std::min(line.size(), marker.size()));
    }
    if (line.empty() && headers.empty()) continue;
    if (line.empty()) break;
    if (headers.empty() && is_first_line(line)) continue;
    auto header = parse_header(line);
    if (!header) {
      Error error = std::move(header).error();
      error.text = fmt::format("line {} is not a valid header", number);
      return std::unexpected(std::move(error));
    }
    headers.push_back(std::move(*header));
  }
  if (headers.empty()) return fail(ErrorCode::invalid, "no headers found");
  return headers;
}

}  // namespace thig
