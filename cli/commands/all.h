// How each subcommand is made; each is in the file of its name.
#pragma once

#include "cli/command.h"

#include <memory>

namespace thig {

std::unique_ptr<Command> make_add_incoming();
std::unique_ptr<Command> make_add_outgoing();
std::unique_ptr<Command> make_apply();
std::unique_ptr<Command> make_audit();
std::unique_ptr<Command> make_backup();
std::unique_ptr<Command> make_cancel();
std::unique_ptr<Command> make_completion();
std::unique_ptr<Command> make_config_show();
std::unique_ptr<Command> make_deliver();
std::unique_ptr<Command> make_deliveries();
std::unique_ptr<Command> make_deliveries_explain();
std::unique_ptr<Command> make_deliveries_show();
std::unique_ptr<Command> make_disable();
std::unique_ptr<Command> make_doctor();
std::unique_ptr<Command> make_edit();
std::unique_ptr<Command> make_emit();
std::unique_ptr<Command> make_enable();
std::unique_ptr<Command> make_erase();
std::unique_ptr<Command> make_events();
std::unique_ptr<Command> make_events_add();
std::unique_ptr<Command> make_events_remove();
std::unique_ptr<Command> make_events_show();
std::unique_ptr<Command> make_export();
std::unique_ptr<Command> make_help();
std::unique_ptr<Command> make_list();
std::unique_ptr<Command> make_listen();
std::unique_ptr<Command> make_members();
std::unique_ptr<Command> make_members_add();
std::unique_ptr<Command> make_members_remove();
std::unique_ptr<Command> make_members_set_role();
std::unique_ptr<Command> make_projects();
std::unique_ptr<Command> make_prune();
std::unique_ptr<Command> make_recover();
std::unique_ptr<Command> make_remove();
std::unique_ptr<Command> make_requests();
std::unique_ptr<Command> make_requests_replay();
std::unique_ptr<Command> make_requests_show();
std::unique_ptr<Command> make_retry();
std::unique_ptr<Command> make_rotate();
std::unique_ptr<Command> make_run();
std::unique_ptr<Command> make_serve_incoming();
std::unique_ptr<Command> make_show();
std::unique_ptr<Command> make_sign();
std::unique_ptr<Command> make_stats();
std::unique_ptr<Command> make_test();
std::unique_ptr<Command> make_verify();
std::unique_ptr<Command> make_version();

}  // namespace thig
