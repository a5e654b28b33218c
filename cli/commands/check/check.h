// How the commands that check and show are made; each is in the file of its first word,
// or of its name.
#pragma once

#include <memory>

namespace thig {

class Command;

std::unique_ptr<Command> make_audit();
std::unique_ptr<Command> make_deliveries();
std::unique_ptr<Command> make_deliveries_explain();
std::unique_ptr<Command> make_deliveries_show();
std::unique_ptr<Command> make_doctor();
std::unique_ptr<Command> make_listen();
std::unique_ptr<Command> make_sign();
std::unique_ptr<Command> make_stats();
std::unique_ptr<Command> make_test();
std::unique_ptr<Command> make_verify();

}  // namespace thig
