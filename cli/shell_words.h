// Words of commands that are printed to be pasted into a shell.
#pragma once

#include <string>
#include <string_view>

namespace thig {

// In single quotes.
std::string quoted(std::string_view text);
// As it is where every shell takes it for one plain word, else in quotes.
std::string shell_word(std::string_view text);

}  // namespace thig
