// Text forms of bytes, and comparing secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
// Either case; nothing for an odd length or another character.
std::optional<std::string> from_hex(std::string_view text);

// RFC 4648 with padding.
std::string to_base64(std::string_view bytes);
// Strict: the standard alphabet, right padding, no spaces; nothing otherwise.
std::optional<std::string> from_base64(std::string_view text);

// Crockford base32, lower case, most significant digit first, exactly `digits` long (1 to 13; the
// value must fit). No check digit.
std::string to_base32(std::uint64_t value, int digits);
// Reads what to_base32 writes; upper case is accepted, the look-alikes i, l, o and u are not.
// Nothing for another character, an empty text, more than 13 digits, or more than 64 bits.
std::optional<std::uint64_t> from_base32(std::string_view text);

// True if equal, in a time that depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

// Overwrites the bytes of a text that held a secret, then empties it.
void wipe(std::string& secret);

// The length of the UTF-8 sequence the text starts with, 1 to 4: shortest form, no surrogates, not
// past U+10FFFF. 0 if it starts with none.
std::size_t utf8_sequence_length(std::string_view text);
bool is_valid_utf8(std::string_view text);
// The text with every byte that is no UTF-8 replaced by U+FFFD, up to the last whole character
// within `limit` bytes.
std::string to_valid_utf8(std::string_view text, std::size_t limit = std::string::npos);
// 0 to 9, whatever the locale.
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
// A to Z as a to z; everything else as it is, whatever the locale.
std::string ascii_lower(std::string_view text);
// A token of RFC 9110, section 5.6.2: what names of headers and methods are made of.
bool is_http_token(std::string_view text);
// Without the blanks, tabs and line ends at either end.
std::string_view trimmed(std::string_view text);

// The code point that a text of valid UTF-8 begins with; 0 if it is empty.
std::uint32_t code_point(std::string_view text);
// Whether a terminal takes the character (one, in UTF-8) for text: no control character (C1 ones
// too), no end of a line or paragraph, no mark or override of the direction.
bool is_for_terminals(std::string_view character);
// Whether the text is UTF-8 without control characters: what names, descriptions and secrets may
// be. Marks of the direction belong to some languages' texts, and are only not shown.
bool is_plain_text(std::string_view text);
// The text with what is not for terminals, and bytes that are no UTF-8, written as \xNN: whatever
// came from the network, the command line or the database is printed through this.
std::string printable(std::string_view text);
void append_printable(std::string& out, std::string_view text);

}  // namespace thig
