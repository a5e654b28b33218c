// How the commands that set webhooks up are made; each is in the file of its first word,
// or of its name.
#pragma once

#include <memory>

namespace thig {

class Command;

std::unique_ptr<Command> make_add_incoming();
std::unique_ptr<Command> make_add_outgoing();
std::unique_ptr<Command> make_apply();
std::unique_ptr<Command> make_disable();
std::unique_ptr<Command> make_edit();
std::unique_ptr<Command> make_enable();
std::unique_ptr<Command> make_events();
std::unique_ptr<Command> make_events_add();
std::unique_ptr<Command> make_events_remove();
std::unique_ptr<Command> make_events_show();
std::unique_ptr<Command> make_export();
std::unique_ptr<Command> make_init();
std::unique_ptr<Command> make_keys();
std::unique_ptr<Command> make_keys_add();
std::unique_ptr<Command> make_keys_disable();
std::unique_ptr<Command> make_keys_edit();
std::unique_ptr<Command> make_keys_enable();
std::unique_ptr<Command> make_keys_remove();
std::unique_ptr<Command> make_list();
std::unique_ptr<Command> make_login_link();
std::unique_ptr<Command> make_members();
std::unique_ptr<Command> make_members_add();
std::unique_ptr<Command> make_members_remove();
std::unique_ptr<Command> make_members_set_role();
std::unique_ptr<Command> make_remove();
std::unique_ptr<Command> make_rotate();
std::unique_ptr<Command> make_serve_admin();
std::unique_ptr<Command> make_sessions();
std::unique_ptr<Command> make_sessions_end();
std::unique_ptr<Command> make_show();

}  // namespace thig
