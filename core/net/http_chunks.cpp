#include "core/net/http_chunks.h"

#include <algorithm>
#include <charconv>

namespace thig {
namespace {

constexpr std::size_t kMostDigits = 16;

constexpr HttpRefusal kChunk{
    400, "BAD_REQUEST", "a chunk's size must be 1 to 16 hexadecimal digits, without an extension"};
constexpr HttpRefusal kTrailer{400, "BAD_REQUEST", "this trailer is not accepted"};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Where a proxy merges trailers into the headers, these would say something else of the request
// than we have read: whom it is for, how long it is, who signed it.
bool is_forbidden_trailer(std::string_view field_line) {
  std::string name(field_line.substr(0, field_line.find(':')));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  constexpr std::string_view whole[] = {"host",
                                        "connection",
                                        "expect",
                                        "te",
                                        "trailer",
                                        "transfer-encoding",
                                        "keep-alive",
                                        "authorization",
                                        "cookie",
                                        "upgrade",
                                        "range",
                                        "forwarded",
                                        "max-forwards",
                                        "cache-control",
                                        "x-github-delivery",
                                        "linear-delivery"};
  constexpr std::string_view parts[] = {"content-",  "signature",   "hmac",         "token",
                                        "proxy-",    "if-",         "webhook-",     "svix-",
                                        "timestamp", "idempotency", "x-forwarded-", "event-uuid"};
  return std::ranges::find(whole, name) != std::end(whole) ||
         std::ranges::any_of(parts, [&](std::string_view part) { return name.contains(part); });
}

}  // namespace

std::expected<std::size_t, HttpRefusal> ChunkedBody::take(std::string_view bytes,
                                                          std::string& body) {
  std::size_t at = 0;
  while (at < bytes.size() && !complete()) {
    if (part_ == Part::data) {
      const auto count = static_cast<std::size_t>(
          std::min<std::uint64_t>(left_, static_cast<std::uint64_t>(bytes.size() - at)));
      body.append(bytes.substr(at, count));
      at += count;
      left_ -= count;
      if (left_ == 0) part_ = Part::data_end;
      continue;
    }
    if (const auto taken = take_line_byte(bytes[at], body); !taken) {
      return std::unexpected(taken.error());
    }
    ++at;
  }
  return at;
}

ChunkedBody::Taken ChunkedBody::take_line_byte(char byte, const std::string& body) {
  const bool after_cr = line_.ends_with('\r');
  if (after_cr && byte == '\n') {
    line_.pop_back();
    Taken ended;
    if (part_ == Part::size) {
      ended = end_size_line(body);
    } else if (part_ == Part::trailer) {
      ended = end_trailer_line();
    } else {
      part_ = Part::size;
    }
    line_.clear();
    return ended;
  }
  if (after_cr || byte == '\n') return std::unexpected(refusal::malformed);
  if (part_ == Part::trailer) {
    if (++trailers_ > max_trailers_) return std::unexpected(refusal::headers_too_large);
  } else if (byte != '\r') {
    const bool digit = part_ == Part::size && is_hex(byte) && line_.size() < kMostDigits;
    if (!digit) return std::unexpected(part_ == Part::size ? kChunk : refusal::malformed);
  }
  line_ += byte;
  return {};
}

ChunkedBody::Taken ChunkedBody::end_size_line(const std::string& body) {
  if (line_.empty()) return std::unexpected(kChunk);
  std::from_chars(line_.data(), line_.data() + line_.size(), left_, 16);
  if (left_ > max_body_ - std::min(max_body_, body.size())) {
    return std::unexpected(refusal::body_too_large);
  }
  part_ = left_ == 0 ? Part::trailer : Part::data;
  return {};
}

ChunkedBody::Taken ChunkedBody::end_trailer_line() {
  if (line_.empty()) {
    part_ = Part::complete;
    return {};
  }
  if (!is_field_line(line_)) return std::unexpected(refusal::malformed);
  if (is_forbidden_trailer(line_)) return std::unexpected(kTrailer);
  return {};
}

}  // namespace thig
