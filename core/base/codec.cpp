#include "core/base/codec.h"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>

namespace thig {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base32_digits = "0123456789abcdefghjkmnpqrstvwxyz";

constexpr int no_digit = -1;
using DigitValues = std::array<signed char, 256>;

constexpr DigitValues digit_values(std::string_view digits, bool either_case) {
  DigitValues values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<unsigned char>(digits[i]);
    values[digit] = static_cast<signed char>(i);
    if (either_case && digit >= 'a' && digit <= 'z') {
      values[digit ^ 0x20u] = static_cast<signed char>(i);
    }
  }
  return values;
}

constexpr DigitValues hex_values = digit_values(hex_digits, true);
constexpr DigitValues base64_values = digit_values(base64_digits, false);
constexpr DigitValues base32_values = digit_values(base32_digits, true);

int value_of(const DigitValues& values, char digit) {
  return values[static_cast<unsigned char>(digit)];
}

// Three bytes as four digits; a shorter tail is padded.
void append_base64_group(std::string& out, std::string_view bytes) {
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    out.push_back(i <= bytes.size() ? base64_digits[group >> (18 - 6 * i) & 63] : '=');
  }
}

struct CodeRange {
  std::uint32_t first;
  std::uint32_t last;
};

constexpr CodeRange not_for_terminals[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200e, 0x200f},
    {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
};

// Most texts are of nothing else, and nothing need be asked about these.
std::size_t length_of_printable_ascii(std::string_view text) {
  const auto other = std::ranges::find_if(text, [](char c) { return c < 0x20 || c >= 0x7f; });
  return static_cast<std::size_t>(other - text.begin());
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) {
    out += "\\x";
    out += to_hex(std::string_view(&byte, 1));
  }
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(hex_digits[byte >> 4]);
    out.push_back(hex_digits[byte & 15]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value_of(hex_values, text[i]);
    const int low = value_of(hex_values, text[i + 1]);
    if (high == no_digit || low == no_digit) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
    append_base64_group(out, bytes.substr(0, 3));
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);

  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  int bits = 0;
  for (const char digit : text) {
    const int value = value_of(base64_values, digit);
    if (value == no_digit) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>(group >> bits & 0xff));
    }
  }
  // What is left over must be zero, or two texts would stand for the same bytes.
  if ((group & ((1u << bits) - 1)) != 0) return std::nullopt;
  return out;
}

std::string to_base32(std::uint64_t value, int digits) {
  std::string out(static_cast<std::size_t>(digits), '0');
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit) {
    *digit = base32_digits[value & 31];
    value >>= 5;
  }
  return out;
}

std::optional<std::uint64_t> from_base32(std::string_view text) {
  if (text.empty() || text.size() > 13) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : text) {
    const int digit_value = value_of(base32_values, digit);
    if (digit_value == no_digit || value >> 59 != 0) return std::nullopt;
    value = value << 5 | static_cast<std::uint64_t>(digit_value);
  }
  return value;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

std::size_t utf8_sequence_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;

  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  if (first == 0xe0 && second < 0xa0) return 0;  // overlong
  if (first == 0xed && second > 0x9f) return 0;  // surrogates
  if (first == 0xf0 && second < 0x90) return 0;  // overlong
  if (first == 0xf4 && second > 0x8f) return 0;  // past U+10FFFF
  return length;
}

bool is_valid_utf8(std::string_view text) {
  for (;;) {
    text.remove_prefix(length_of_printable_ascii(text));
    if (text.empty()) return true;
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
}

std::string to_valid_utf8(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit));
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    const std::string_view character = length == 0 ? "\uFFFD" : text.substr(0, length);
    if (character.size() > limit - out.size()) break;
    out += character;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_http_token(std::string_view text) {
  constexpr std::string_view signs = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           signs.find(c) != signs.npos;
  });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blank) + 1 - first);
}

std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

std::uint32_t code_point(std::string_view text) {
  const std::size_t length = utf8_sequence_length(text);
  if (length <= 1) return text.empty() ? 0 : static_cast<unsigned char>(text[0]);
  // The first byte tells the length by as many ones.
  std::uint32_t code = static_cast<unsigned char>(text[0]) & (0x7fu >> length);
  for (const char next : text.substr(1, length - 1)) {
    code = code << 6 | (static_cast<unsigned char>(next) & 0x3fu);
  }
  return code;
}

bool is_for_terminals(std::string_view character) {
  const std::uint32_t code = code_point(character);
  return std::ranges::none_of(not_for_terminals, [code](const CodeRange& range) {
    return code >= range.first && code <= range.last;
  });
}

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    const std::uint32_t code = code_point(text);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_printable(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t plain = length_of_printable_ascii(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    const std::size_t length = utf8_sequence_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || !is_for_terminals(character)) {
      append_escaped(out, character);
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
}

}  // namespace thig
