// Bodies and queries in application/x-www-form-urlencoded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thig {

// Senders have some dozens; more would only be work.
inline constexpr std::ptrdiff_t most_form_fields = 256;

// The fields in their order, decoded. What is no valid escape stays as it is written.
std::vector<std::pair<std::string, std::string>> form_fields(std::string_view form);

// As it may stand in a URL's path or query (RFC 3986). `plus`: as forms are sent, with blanks as +.
std::string percent_encoded(std::string_view text, bool plus = false, bool lower_case = false);

// Each name with its value behind it, sorted by both, equal pairs once: what Twilio signs.
std::string sorted_form(std::string_view form);

// The first field of that name.
std::optional<std::string> form_field(std::string_view form, std::string_view name);
// The same in a URL's query.
std::optional<std::string> query_field(std::string_view url, std::string_view name);

}  // namespace thig
