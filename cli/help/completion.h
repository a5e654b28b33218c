// What can stand at the cursor of a command line, for the shells' completion. The scripts in
// completions/ ask for it through the hidden command `__complete`.
#pragma once

#include "cli/app/context.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct Candidate {
  std::string value;  // the whole word
  std::string description;
};

struct Completion {
  std::vector<Candidate> candidates;
  // Whose names the shell is to complete itself; then there are no candidates.
  enum class Names { none, files, folders } names = Names::none;
};

// `words` are those after the program's name, without quotes; the last is the one at the cursor, up
// to it. Reads the database and the configuration, writes nothing, and takes whatever goes wrong
// for having nothing to offer.
Completion complete(Surroundings& surroundings, std::span<const std::string> words);

// `__complete SHELL KEPT WORD…`, as the scripts call it. Writes a line for each candidate: value,
// tab, description; or a line without a tab: ":files", ":folders". For bash and zsh the words are
// as they were typed, with their quotes. Bash replaces the last word from its byte KEPT on: what it
// gets is that part, quoted as the word is.
void answer_shell(Surroundings& surroundings, std::span<const std::string> arguments);

// The word that a POSIX shell makes of what was typed; a quote need not be closed.
std::string unquoted(std::string_view typed);

}  // namespace thig
