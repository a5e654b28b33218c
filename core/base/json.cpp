// Checking JSON. The only file that sees the JSON library.
#include "core/base/json.h"

#include "core/base/codec.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace thig {
namespace {

// A byte that is legal inside any string and means nothing but itself.
bool means_itself(char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

// The text as the parser is given it: without the plain characters inside of strings. They cannot
// make a text invalid, nothing here wants to know them, and the parser takes 14 ns for each, which
// is most of its time. Whether a quote opens or closes a string is certain as long as the text
// before it is valid, and the parser stops where it is not.
class WithoutPlainText {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  // `seen` is kept at the last character that was read.
  WithoutPlainText(const char* at, const char* end, const char** seen)
      : at_(at), end_(end), seen_(seen) {}

  reference operator*() const {
    *seen_ = at_;
    return *at_;
  }

  WithoutPlainText& operator++() {
    const char passed = *at_++;
    if (verbatim_ > 0) --verbatim_;
    if (escaped_) {
      escaped_ = false;
    } else if (passed == '"') {
      in_string_ = !in_string_;
    } else if (in_string_ && passed == '\\') {
      escaped_ = true;
      verbatim_ = after_backslash;
    }
    if (in_string_ && verbatim_ == 0) {
      while (at_ != end_ && means_itself(*at_)) ++at_;
    }
    return *this;
  }

  bool operator==(const WithoutPlainText& other) const { return at_ == other.at_; }

 private:
  // uXXXX, and the character after it: half a surrogate pair wants the other half at once.
  static constexpr int after_backslash = 6;

  const char* at_;
  const char* end_;
  const char** seen_;
  bool in_string_ = false;
  bool escaped_ = false;  // the next character belongs to a backslash
  int verbatim_ = 0;      // so many characters the parser must see, for an escape
};

// Follows the parser's events without keeping anything but the depth.
class DepthWatch {
 public:
  explicit DepthWatch(int limit) : limit_(limit) {}

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(std::int64_t) { return true; }
  bool number_unsigned(std::uint64_t) { return true; }
  bool number_float(double, const std::string&) { return true; }
  bool string(std::string&) { return true; }
  bool binary(std::vector<std::uint8_t>&) { return true; }
  bool key(std::string&) { return true; }
  bool start_object(std::size_t) { return enter(); }
  bool start_array(std::size_t) { return enter(); }
  bool end_object() { return leave(); }
  bool end_array() { return leave(); }

  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& e) {
    reason_ = reason_of(e);
    return false;
  }

  bool too_deep() const { return depth_ > limit_; }
  const std::string& reason() const { return reason_; }

 private:
  bool enter() { return ++depth_ <= limit_; }
  bool leave() {
    --depth_;
    return true;
  }

  // The library's message repeats the input and names its own classes; the cause stands between
  // " - " and "; last read".
  static std::string reason_of(const nlohmann::json::exception& e) {
    constexpr int number_overflow = 406;
    if (e.id == number_overflow) return "a number is too large";
    std::string_view message = e.what();
    if (const auto start = message.find(" - "); start != message.npos) {
      message.remove_prefix(start + 3);
    }
    return printable(message.substr(0, message.find("; last read")));
  }

  int limit_;
  int depth_ = 0;
  std::string reason_;
};

std::unexpected<Error> bad_json(std::size_t byte, std::string_view reason, std::size_t* read) {
  if (read != nullptr) *read = byte - 1;
  return fail(ErrorCode::invalid, fmt::format("not valid JSON at byte {}: {}", byte, reason));
}

}  // namespace

Status check_json(std::string_view text, const JsonLimits& limits, std::size_t* read) {
  if (text.size() > limits.bytes) {
    return fail(ErrorCode::invalid, fmt::format("JSON of {} bytes is over the limit of {} bytes",
                                                text.size(), limits.bytes));
  }
  // The parser takes a NUL for the end of the text and skips a byte order mark.
  if (const auto nul = text.find('\0'); nul != text.npos)
    return bad_json(nul + 1, "a NUL byte", read);
  if (text.starts_with("\xEF\xBB\xBF")) return bad_json(1, "a byte order mark", read);

  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* seen = begin;
  DepthWatch watch(limits.depth);
  try {
    const bool valid = nlohmann::json::sax_parse(WithoutPlainText(begin, end, &seen),
                                                 WithoutPlainText(end, end, &seen), &watch);
    if (valid) return {};
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, fmt::format("JSON could not be checked: {}", e.what()));
  }
  if (watch.too_deep()) {
    if (read != nullptr) *read = static_cast<std::size_t>(seen - begin);
    return fail(ErrorCode::invalid,
                fmt::format("JSON is nested more than {} levels deep", limits.depth));
  }
  return bad_json(static_cast<std::size_t>(seen - begin) + 1, watch.reason(), read);
}

}  // namespace thig
