// How the commands about what comes in are made; each is in the file of its first word,
// or of its name.
#pragma once

#include <memory>

namespace thig {

class Command;

std::unique_ptr<Command> make_projects();
std::unique_ptr<Command> make_requests();
std::unique_ptr<Command> make_requests_replay();
std::unique_ptr<Command> make_requests_show();
std::unique_ptr<Command> make_serve_incoming();

}  // namespace thig
