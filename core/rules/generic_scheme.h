// A scheme of signatures that is put together by hand, for senders that the table does not know. It
// is kept and written as one text, as a webhook's scheme:
//   generic header=x-wc-webhook-signature encoding=base64
//   generic header=signature prefix="sha256 "
#pragma once

#include "core/rules/scheme.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

inline constexpr std::string_view generic_name = "generic";

// One with nothing said: HMAC-SHA256 of the body in hexadecimal, its header still to be named.
Scheme generic_scheme();

// What "digest", "encoding" and "key" can be.
std::vector<std::string> generic_choices(std::string_view setting);
// `invalid` for an unknown setting, and for a value that it cannot have.
Status set_generic(Scheme& scheme, std::string_view setting, std::string_view value);
// Whether the whole makes sense: its header is named, check_scheme.
Status check_generic(const Scheme& scheme);
// Only what differs from generic_scheme().
std::string generic_text(const Scheme& scheme);

bool is_generic(std::string_view scheme);
Result<Scheme> parse_generic(std::string_view text);

// The rows of a webhook's scheme, whether of the table or generic; none for "" and for what is no
// scheme. `own` keeps the row of a generic one.
std::vector<const Scheme*> schemes_of(std::string_view scheme, std::shared_ptr<const Scheme>& own);

}  // namespace thig
