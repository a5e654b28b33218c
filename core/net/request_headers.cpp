#include "core/net/request_headers.h"

#include "core/base/codec.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <strings.h>

namespace thig {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool is_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

// They frame the message; a second opinion on them would let one request be read as two.
bool is_ours(std::string_view name) {
  static constexpr std::array<std::string_view, 5> ours{
      "host", "content-length", "transfer-encoding", "connection", "expect"};
  return std::ranges::any_of(ours, [&](std::string_view own) { return same_name(own, name); });
}

}  // namespace

Status RequestHeaders::build(std::span<const Header> headers) {
  text_.clear();
  starts_.clear();
  bool has_type = false;
  for (const auto& [name, value] : headers) {
    if (!is_http_token(name) || !is_value(value)) {
      return fail(ErrorCode::invalid, "a header contains characters that are not allowed",
                  {"see `", Operation{"edit", {}, {{"header"}}}, "`"});
    }
    if (is_ours(name)) {
      return fail(ErrorCode::invalid,
                  fmt::format("the header {} is always set by the program", name),
                  {"remove it with `", Operation{"edit", {}, {{"header"}}}, "`"});
    }
    has_type |= same_name(name, "content-type");
    add(name, value);
  }
  add("Expect", {});  // libcurl would wait for a "100 Continue" before a large body
  if (!has_type) add("Content-Type", {});

  entries_.resize(starts_.size());
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    entries_[i].data = text_.data() + starts_[i];
    entries_[i].next = i + 1 < starts_.size() ? &entries_[i + 1] : nullptr;
  }
  return {};
}

// For libcurl "Name:" means: leave it out; "Name;" is a header with an empty value.
void RequestHeaders::add(std::string_view name, std::string_view value) {
  const bool left_out =
      same_name(name, "expect") || (same_name(name, "content-type") && value.empty());
  starts_.push_back(text_.size());
  text_ += name;
  if (value.empty()) {
    text_ += left_out ? ':' : ';';
  } else {
    text_ += ": ";
    text_ += value;
  }
  text_ += '\0';
}

}  // namespace thig
