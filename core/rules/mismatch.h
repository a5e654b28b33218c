// Why a signature does not match, as far as it can be proven: by finding what would match.
#pragma once

#include "core/rules/scheme.h"
#include "core/rules/secret.h"
#include "core/rules/verification.h"

#include <span>
#include <string>
#include <vector>

namespace thig {

// One way in which the message would have been right.
struct MismatchCause {
  Remark text;  // one line, for people: "it matches without the newline at the body's end"
  std::size_t key_index = 0;  // the key it would match
};

// The causes with the fewest differences from what was expected; empty if none can be proven.
// `expected` holds the schemes that were tried. Tries, in all combinations: other line ends and
// blanks of the body and its JSON written again, other forms of the key, other contents, other
// headers, digests and encodings, seconds for milliseconds, other spellings of the URL. Takes up to
// about a second for a body of some megabytes.
std::vector<MismatchCause> explain_mismatch(std::span<const Scheme* const> expected,
                                            std::span<const SigningKey> keys,
                                            const ReceivedMessage& message);

}  // namespace thig
