#include "cli/app/commands.h"

#include "cli/commands/check/check.h"
#include "cli/commands/general/general.h"
#include "cli/commands/keep/keep.h"
#include "cli/commands/receive/receive.h"
#include "cli/commands/send/send.h"
#include "cli/commands/set_up/set_up.h"

#include <algorithm>

namespace thig {
namespace {

using enum CommandGroup;

// clang-format off
constexpr CommandEntry sorted_commands[] = {
    {"add incoming",       set_up,  "Create a URL that receives requests from other services",    make_add_incoming},
    {"add outgoing",       set_up,  "Add a webhook that sends events to an HTTPS endpoint",       make_add_outgoing},
    {"apply",              set_up,  "Create, update or remove webhooks to match a file",          make_apply},
    {"audit",              check,   "Show who changed what, and when",                            make_audit},
    {"backup",             keep,    "Make a consistent copy of the database while it is in use",  make_backup},
    {"cancel",             send,    "Cancel pending deliveries",                                  make_cancel},
    {"completion",         general, "Print a shell completion script",                            make_completion},
    {"config show",        general, "Show settings and where each comes from",                    make_config_show},
    {"deliver",            send,    "Attempt every due delivery once",                            make_deliver},
    {"deliveries",         check,   "List deliveries, newest first",                              make_deliveries},
    {"deliveries explain", check,   "Explain, per webhook, why it did or did not get an event",   make_deliveries_explain},
    {"deliveries show",    check,   "Show a delivery and its attempts",                           make_deliveries_show},
    {"demo",               general, "Show the main job in a temporary database",                  make_demo},
    {"disable",            set_up,  "Disable a webhook",                                          make_disable},
    {"doctor",             check,   "Check the installation for problems",                        make_doctor},
    {"edit",               set_up,  "Change the settings of a webhook",                           make_edit},
    {"emit",               send,    "Emit an event, or a batch of events",                        make_emit},
    {"enable",             set_up,  "Enable a disabled webhook",                                  make_enable},
    {"erase",              keep,    "Erase everything recorded about a person",                   make_erase},
    {"events",             set_up,  "List event types",                                           make_events},
    {"events add",         set_up,  "Register an event type of your own",                         make_events_add},
    {"events remove",      set_up,  "Remove an event type of your own",                           make_events_remove},
    {"events show",        set_up,  "Show sample data of an event type",                          make_events_show},
    {"export",             set_up,  "Export all webhooks as a JSON file",                         make_export},
    {"help",               general, "Show help for a command or topic, or search the help",       make_help},
    {"init",               set_up,  "Create the database and its key, and share them",            make_init},
    {"keys",               set_up,  "List the keys of the HTTP API",                              make_keys},
    {"keys add",           set_up,  "Create a key for the HTTP API",                              make_keys_add},
    {"keys disable",       set_up,  "Disable a key",                                              make_keys_disable},
    {"keys edit",          set_up,  "Change the settings of a key",                               make_keys_edit},
    {"keys enable",        set_up,  "Enable a disabled key",                                      make_keys_enable},
    {"keys remove",        set_up,  "Remove a key",                                               make_keys_remove},
    {"list",               set_up,  "List webhooks with their success rates",                     make_list},
    {"listen",             check,   "Run a local receiver that verifies and prints deliveries",   make_listen},
    {"login-link",         set_up,  "Print a link that logs a member in to the admin page",       make_login_link},
    {"members",            set_up,  "List members and their roles",                               make_members},
    {"members add",        set_up,  "Add a member with a role",                                   make_members_add},
    {"members remove",     set_up,  "Remove a member",                                            make_members_remove},
    {"members set-role",   set_up,  "Change the role of a member",                                make_members_set_role},
    {"projects",           receive, "List projects created by incoming webhooks",                 make_projects},
    {"prune",              keep,    "Delete old history and shrink the database",                 make_prune},
    {"recover",            send,    "Resend dead and missed deliveries",                          make_recover},
    {"remove",             set_up,  "Remove a webhook and its history",                           make_remove},
    {"requests",           receive, "List received requests, newest first",                       make_requests},
    {"requests replay",    receive, "Replay a request: run its action again",                     make_requests_replay},
    {"requests show",      receive, "Show a request and its result",                              make_requests_show},
    {"retry",              send,    "Resend deliveries now",                                      make_retry},
    {"rotate",             set_up,  "Replace a webhook's signing secret or URL",                  make_rotate},
    {"run",                send,    "Deliver events and retry failures, until stopped",           make_run},
    {"send-test",          check,   "Alias of test",                                              make_test},
    {"serve",              send,    "Deliver, receive and serve the admin page in one process",   make_serve},
    {"serve-admin",        set_up,  "Serve the admin page and the HTTP API",                      make_serve_admin},
    {"serve-incoming",     receive, "Serve the URLs of incoming webhooks",                        make_serve_incoming},
    {"sessions",           set_up,  "List who is logged in to the admin page",                    make_sessions},
    {"sessions end",       set_up,  "Log members out of the admin page",                          make_sessions_end},
    {"show",               set_up,  "Show a webhook's settings and statistics",                   make_show},
    {"sign",               check,   "Sign a body as a sender would",                              make_sign},
    {"stats",              check,   "Show success rates, backlogs and latencies",                 make_stats},
    {"test",               check,   "Send a signed test event and explain the result",            make_test},
    {"verify",             check,   "Verify a signature, and explain why it fails",               make_verify},
    {"version",            general, "Print the version",                                          make_version},
};
// clang-format on
static_assert(std::ranges::is_sorted(sorted_commands, {}, &CommandEntry::name));

}  // namespace

std::string_view title_of(CommandGroup group) {
  switch (group) {
    case set_up:
      return "SET UP";
    case send:
      return "SEND";
    case receive:
      return "RECEIVE";
    case check:
      return "CHECK";
    case keep:
      return "MAINTAIN";
    case general:
      return "GENERAL";
  }
  return "";
}

std::span<const CommandEntry> command_table() {
  return sorted_commands;
}

const CommandEntry* find_command(std::string_view name) {
  const auto found = std::ranges::lower_bound(sorted_commands, name, {}, &CommandEntry::name);
  return found != std::end(sorted_commands) && found->name == name ? found : nullptr;
}

std::vector<const CommandEntry*> subcommands_of(std::string_view word) {
  std::vector<const CommandEntry*> found;
  for (const CommandEntry& entry : sorted_commands) {
    if (entry.name.starts_with(word) && entry.name.substr(word.size()).starts_with(' ')) {
      found.push_back(&entry);
    }
  }
  return found;
}

std::vector<std::string> command_words() {
  std::vector<std::string> words;
  for (const CommandEntry& entry : sorted_commands) {
    std::string word(entry.name.substr(0, entry.name.find(' ')));
    if (words.empty() || words.back() != word) words.push_back(std::move(word));
  }
  return words;
}

}  // namespace thig
