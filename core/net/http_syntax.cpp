#include "core/net/http_syntax.h"

#include "core/base/codec.h"
#include "core/base/json.h"

#include <algorithm>
#include <charconv>

#include <strings.h>

namespace thig {
namespace {

constexpr std::size_t kMaxTarget = 2048;
constexpr std::size_t kMaxFields = 64;

constexpr HttpRefusal kVersion{505, "VERSION_NOT_SUPPORTED",
                               "only HTTP/1.0 and HTTP/1.1 are supported"};
constexpr HttpRefusal kTarget{400, "BAD_REQUEST", "the request target must be a path"};
constexpr HttpRefusal kHost{400, "BAD_REQUEST", "exactly one valid Host header is required"};
constexpr HttpRefusal kTransferEncoding{
    400, "BAD_REQUEST", "Transfer-Encoding must be chunked alone, without Content-Length"};
constexpr HttpRefusal kContentLength{400, "BAD_REQUEST", "Content-Length must be one number"};
constexpr HttpRefusal kExpectation{417, "EXPECTATION_FAILED",
                                   "only Expect: 100-continue is supported"};

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

using Accepted = std::expected<void, HttpRefusal>;

// method SP target SP HTTP/1.x
Accepted check_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || !is_http_token(line.substr(0, first))) {
    return std::unexpected(refusal::malformed);
  }
  const auto target = line.substr(first + 1, last - first - 1);
  const bool printable = std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f; });
  if (target.empty() || !printable) return std::unexpected(refusal::malformed);
  const auto version = line.substr(last + 1);
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return {};
  const bool other = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                     version[6] == '.' && is_digit(version[7]);
  return std::unexpected(other ? kVersion : refusal::malformed);
}

// A leading space would continue the line before: it is no token, so this refuses that too.
Accepted check_field_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_http_token(line.substr(0, colon))) {
    return std::unexpected(refusal::malformed);
  }
  return {};
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

// A control character other than tab, or half a line end, at this position.
bool is_stray(std::string_view bytes, std::size_t at) {
  const auto byte = static_cast<unsigned char>(bytes[at]);
  const bool after_cr = at > 0 && bytes[at - 1] == '\r';
  if (byte == '\n' || after_cr) return !(byte == '\n' && after_cr);
  return byte != '\r' && is_control(bytes[at]);
}

std::size_t count(const HttpRequest& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(request.headers, [&](const Header& h) { return h.name == name; }));
}

bool is_valid_host(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return is_alphanumeric(c) || std::string_view(".-_:[]").contains(c);
  });
}

std::expected<std::uint64_t, HttpRefusal> content_length(const HttpRequest& request) {
  const auto times = count(request, "content-length");
  if (times == 0) return std::uint64_t{0};
  const auto text = request.header("content-length");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = times == 1 && error == std::errc{} && end == text.data() + text.size();
  if (!good || !std::ranges::all_of(text, is_digit)) return std::unexpected(kContentLength);
  return value;
}

}  // namespace

HttpHandler at_once(std::function<HttpResponse(const HttpRequest&)> handler) {
  return [handler = std::move(handler)](const HttpRequest& request, const Respond& respond) {
    respond(handler(request));
  };
}

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found =
      std::ranges::find_if(headers, [&](const Header& header) { return header.name == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

bool is_field_line(std::string_view line) {
  return check_field_line(line).has_value() && std::ranges::none_of(line, is_control);
}

std::expected<std::size_t, HttpRefusal> scan_head(std::string_view bytes, std::size_t scanned) {
  for (std::size_t at = scanned; at < bytes.size(); ++at) {
    if (is_stray(bytes, at)) return std::unexpected(refusal::malformed);
    if (bytes[at] != '\n') continue;
    const auto before = at < 2 ? std::string_view::npos : bytes.rfind('\n', at - 1);
    const bool first = before == std::string_view::npos;
    const auto from = first ? 0 : before + 1;
    const auto line = bytes.substr(from, at - 1 - from);
    if (line.empty() && !first) return at + 1;
    const auto good = first ? check_request_line(line) : check_field_line(line);
    if (!good) return std::unexpected(good.error());
  }
  return std::size_t{0};
}

std::expected<BodyFraming, HttpRefusal> check_head(const HttpRequest& request, int minor) {
  if (request.headers.size() > kMaxFields) return std::unexpected(refusal::headers_too_large);
  if (request.target.size() > kMaxTarget) return std::unexpected(refusal::uri_too_long);
  if (!request.target.starts_with('/') || request.target.contains('#')) {
    return std::unexpected(kTarget);
  }
  const auto hosts = count(request, "host");
  if (hosts > 1 || (hosts == 0 && minor > 0) ||
      (hosts == 1 && !is_valid_host(request.header("host")))) {
    return std::unexpected(kHost);
  }
  BodyFraming framing;
  if (const auto codings = count(request, "transfer-encoding"); codings > 0) {
    framing.chunked = true;
    if (codings > 1 || minor == 0 || !same(request.header("transfer-encoding"), "chunked") ||
        count(request, "content-length") > 0) {
      return std::unexpected(kTransferEncoding);
    }
  }
  const auto length = content_length(request);
  if (!length) return std::unexpected(length.error());
  framing.length = *length;
  if (count(request, "expect") > 0 && minor > 0) {
    if (!same(request.header("expect"), "100-continue")) return std::unexpected(kExpectation);
    framing.expects_continue = framing.chunked || framing.length > 0;
  }
  return framing;
}

HttpResponse to_response(const HttpRefusal& refusal) {
  JsonWriter json;
  json.begin_object().key("error").text(refusal.text).key("code").text(refusal.code).end_object();
  HttpResponse response{
      refusal.status, {{"content-type", "application/json"}}, json.take(), Millis{0}};
  if (refusal.status == 503) response.headers.push_back({"retry-after", "1"});
  return response;
}

}  // namespace thig
