// How the commands about the program itself are made; each is in the file of its first word,
// or of its name.
#pragma once

#include <memory>

namespace thig {

class Command;

std::unique_ptr<Command> make_completion();
std::unique_ptr<Command> make_config_show();
std::unique_ptr<Command> make_demo();
std::unique_ptr<Command> make_help();
std::unique_ptr<Command> make_version();

}  // namespace thig
