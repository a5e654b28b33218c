#include "cli/app/other_names.h"

#include "cli/app/commands.h"
#include "core/rules/suggest.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr OtherName sorted_names[] = {
    {"api-keys", "keys"},
    {"backfill", "recover"},
    {"check", "doctor"},
    {"clean", "prune"},
    {"create", "add outgoing,add incoming"},
    {"daemon", "run"},
    {"del", "remove"},
    {"delete", "remove"},
    {"describe", "show"},
    {"forward", "listen"},
    {"gc", "prune"},
    {"get", "show"},
    {"health", "doctor"},
    {"history", "deliveries"},
    {"import", "apply"},
    {"info", "show"},
    {"inspect", "show"},
    {"log", "deliveries"},
    {"login", "login-link"},
    {"logout", "sessions end"},
    {"logs", "deliveries,requests"},
    {"ls", "list"},
    {"man", "help"},
    {"metrics", "stats"},
    {"new", "add outgoing,add incoming"},
    {"pause", "disable"},
    {"ping", "test"},
    {"publish", "emit"},
    {"purge", "prune"},
    {"redeliver", "retry"},
    {"replay", "requests replay,retry"},
    {"resend", "retry"},
    {"resume", "enable"},
    {"rm", "remove"},
    {"send", "emit"},
    {"settings", "config show"},
    {"start", "run"},
    {"status", "list,stats,doctor"},
    {"subscribe", "add outgoing"},
    {"tail", "run,deliveries"},
    {"tokens", "keys"},
    {"trigger", "emit,test"},
    {"unsubscribe", "remove,edit"},
    {"update", "edit"},
    {"users", "members"},
    {"whoami", "members"},
    {"worker", "run"},
};
static_assert(std::ranges::is_sorted(sorted_names, {}, &OtherName::typed));

// "`thig-hooks requests replay` or `thig-hooks retry`".
std::string choices(std::string_view commands, std::string_view help) {
  std::string out;
  while (!commands.empty()) {
    const auto comma = commands.find(',');
    const bool last = comma == commands.npos;
    if (!out.empty()) out += last ? " or " : ", ";
    out += fmt::format("`thig-hooks {}{}`", help, commands.substr(0, comma));
    commands.remove_prefix(last ? commands.size() : comma + 1);
  }
  return out;
}

}  // namespace

std::span<const OtherName> other_names() {
  return sorted_names;
}

std::string command_hint(std::string_view word, std::string_view help) {
  const auto found = std::ranges::lower_bound(sorted_names, word, {}, &OtherName::typed);
  std::string near;
  if (found != std::end(sorted_names) && found->typed == word) {
    near = found->commands;
  } else {
    near = nearest(word, command_words());
  }
  if (near.empty()) return "`thig-hooks help` lists the commands";
  return fmt::format("did you mean {}?", choices(near, help));
}

}  // namespace thig
