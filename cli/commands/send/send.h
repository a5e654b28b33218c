// How the commands that send are made; each is in the file of its first word,
// or of its name.
#pragma once

#include <memory>

namespace thig {

class Command;

std::unique_ptr<Command> make_cancel();
std::unique_ptr<Command> make_deliver();
std::unique_ptr<Command> make_emit();
std::unique_ptr<Command> make_recover();
std::unique_ptr<Command> make_retry();
std::unique_ptr<Command> make_run();
std::unique_ptr<Command> make_serve();

}  // namespace thig
