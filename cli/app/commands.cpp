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
    {"add incoming",       set_up,  "Make a URL that outside services send to",        make_add_incoming},
    {"add outgoing",       set_up,  "Add a webhook that sends events to an HTTPS endpoint", make_add_outgoing},
    {"apply",              set_up,  "Bring all webhooks to what a document says",      make_apply},
    {"audit",              check,   "Show who changed what, and when",                 make_audit},
    {"backup",             keep,    "Make a sound copy of the database in use",        make_backup},
    {"cancel",             send,    "Take pending deliveries out of the queue",        make_cancel},
    {"completion",         general, "Print the completion script of a shell",          make_completion},
    {"config show",        general, "Show the settings, and where each comes from",    make_config_show},
    {"deliver",            send,    "Make all deliveries that are due, once",          make_deliver},
    {"deliveries",         check,   "List deliveries, newest first",                   make_deliveries},
    {"deliveries explain", check,   "Tell of each webhook why it got an event, or not", make_deliveries_explain},
    {"deliveries show",    check,   "Show what became of one delivery",                make_deliveries_show},
    {"disable",            set_up,  "Stop sending to a webhook",                       make_disable},
    {"doctor",             check,   "Look for what is wrong, and what to do",          make_doctor},
    {"edit",               set_up,  "Change the settings of a webhook",                make_edit},
    {"emit",               send,    "Emit one event, or a stream of them",             make_emit},
    {"enable",             set_up,  "Send to a webhook again",                         make_enable},
    {"erase",              keep,    "Erase all that is recorded about somebody",       make_erase},
    {"events",             set_up,  "List the event types",                            make_events},
    {"events add",         set_up,  "Register an event type of your own",              make_events_add},
    {"events remove",      set_up,  "Remove an event type of your own",                make_events_remove},
    {"events show",        set_up,  "Show a sample of an event type's data",           make_events_show},
    {"export",             set_up,  "Write all webhooks as a document",                make_export},
    {"help",               general, "Show the commands, or the help of one",           make_help},
    {"init",               set_up,  "Create the database and its key, and share them", make_init},
    {"keys",               set_up,  "List the keys of the HTTP API",                   make_keys},
    {"keys add",           set_up,  "Make a key for a program on another machine",     make_keys_add},
    {"keys disable",       set_up,  "Refuse whoever uses a key",                       make_keys_disable},
    {"keys enable",        set_up,  "Let a key work again",                            make_keys_enable},
    {"keys remove",        set_up,  "Remove a key for good",                           make_keys_remove},
    {"list",               set_up,  "List the webhooks with their figures",            make_list},
    {"listen",             check,   "Receive, verify and print deliveries here",       make_listen},
    {"login-link",         set_up,  "Print a link that logs a member in to the page",  make_login_link},
    {"members",            set_up,  "List who may do what",                            make_members},
    {"members add",        set_up,  "Give a user a role",                              make_members_add},
    {"members remove",     set_up,  "Take a user's role away",                         make_members_remove},
    {"members set-role",   set_up,  "Give a member another role",                      make_members_set_role},
    {"projects",           receive, "List the projects that came in, and their notes", make_projects},
    {"prune",              keep,    "Delete old history, and make the file smaller",   make_prune},
    {"recover",            send,    "Send again what died or was missed",              make_recover},
    {"remove",             set_up,  "Remove a webhook with its history",               make_remove},
    {"requests",           receive, "List what came in, newest first",                 make_requests},
    {"requests replay",    receive, "Run the action of a request again",               make_requests_replay},
    {"requests show",      receive, "Show what became of one request",                 make_requests_show},
    {"retry",              send,    "Send deliveries again, now",                      make_retry},
    {"rotate",             set_up,  "Make a new signing secret for a webhook",         make_rotate},
    {"run",                send,    "Deliver events as they come, until stopped",      make_run},
    {"send-test",          check,   "The same as test",                                make_test},
    {"serve",              send,    "Run, serve-incoming and serve-admin in one process", make_serve},
    {"serve-admin",        set_up,  "Serve the page and the HTTP API",                make_serve_admin},
    {"serve-incoming",     receive, "Serve the URLs of incoming webhooks",             make_serve_incoming},
    {"sessions",           set_up,  "List who is logged in to the page",               make_sessions},
    {"sessions end",       set_up,  "Log members out of the page",                     make_sessions_end},
    {"show",               set_up,  "Show all settings and figures of a webhook",      make_show},
    {"sign",               check,   "Sign a body as a sender would",                   make_sign},
    {"stats",              check,   "Show success rates, backlogs and latencies",      make_stats},
    {"test",               check,   "Send a signed sample, and explain what happens",  make_test},
    {"verify",             check,   "Check a signature, and learn why it fails",       make_verify},
    {"version",            general, "Show the version",                                make_version},
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
      return "KEEP";
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
