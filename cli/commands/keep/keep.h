// How the commands that keep a database well are made; each is in the file of its first word,
// or of its name.
#pragma once

#include <memory>

namespace thig {

class Command;

std::unique_ptr<Command> make_backup();
std::unique_ptr<Command> make_erase();
std::unique_ptr<Command> make_prune();

}  // namespace thig
