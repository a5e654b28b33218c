#include "core/rules/charset.h"

#include "core/base/codec.h"

#include <algorithm>
#include <array>
#include <string>

namespace thig {
namespace {

// Names by which the WHATWG's Encoding standard means windows-1252.
constexpr std::string_view western[] = {"windows-1252", "cp1252",     "x-cp1252", "iso-8859-1",
                                        "iso8859-1",    "iso_8859-1", "iso88591", "latin1",
                                        "l1",           "us-ascii",   "ascii"};

// What its bytes 0x80 to 0x9f stand for; those that are not assigned, for themselves.
constexpr std::array<char16_t, 32> windows_1252 = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

// Of U+0080 to U+FFFF.
void append_in_utf8(std::string& out, char16_t code) {
  if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
  } else {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 63));
  }
  out += static_cast<char>(0x80 | (code & 63));
}

}  // namespace

std::string utf8_from(std::string_view charset, std::string_view text) {
  if (std::ranges::find(western, ascii_lower(trimmed(charset))) == std::end(western)) {
    return to_valid_utf8(text);
  }
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      append_in_utf8(out, byte < 0xa0 ? windows_1252[byte - 0x80u] : byte);
    }
  }
  return out;
}

}  // namespace thig
