#include "cli/help/man_pages.h"

#include "cli/app/exit_code.h"
#include "cli/config/settings.h"
#include "cli/help/help_text.h"
#include "cli/help/roff.h"
#include "core/open.h"
#include "core/web/route.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

struct Meaning {
  std::string_view name;
  std::string_view text;
};

constexpr Meaning exit_statuses[] = {
    {"0", "Done."},
    {"1",
     "The answer is no: no valid signature, no 2xx, a fault found, or a failure where one was to "
     "be "
     "told."},
    {"2",
     "Usage error: a word, a value, an event that cannot be; an idempotency key that belongs to "
     "another event."},
    {"3", "Failed: database, network, file, key."},
    {"4", "No such webhook, delivery or event type."},
    {"75", "Busy, try again: locked, owned by another run, disk too full."},
    {"77", "Not permitted for this member's role."},
    {"129, 130, 143", "Interrupted: SIGHUP, SIGINT, SIGTERM."},
};

constexpr Meaning other_variables[] = {
    {"THIG_HOOKS_SYSTEM_CONFIG", "The system's configuration file, instead of the one in /etc."},
    {"NO_COLOR", "Where it is set, there is no colour, unless a flag asks for it."},
    {"CLICOLOR_FORCE", "Where it is set, and not to 0, there is colour in pipes too."},
    {"CREDENTIALS_DIRECTORY", "Where a thig-hooks.key in it is the key; see systemd.exec(5)."},
    {"NOTIFY_SOCKET, WATCHDOG_USEC",
     "Set by a service manager; see sd_notify(3): what goes on working says when it is ready, "
     "reloads and stops, and that it is not stuck."},
    {"XDG_DATA_HOME", "Where the folder of the database lies; ~/.local/share by default."},
    {"XDG_CONFIG_HOME",
     "Where the folder of the key and the configuration lies; ~/.config by default."},
};

constexpr Meaning files[] = {
    {"~/.local/share/thig-hooks/hooks.db", "The database."},
    {"~/.config/thig-hooks/key", "The key that seals the secrets in it. Back up both."},
    {"~/.config/thig-hooks/config.json", "The user's settings; see thig-hooks-config(5)."},
    {"/etc/thig-hooks/config.json", "The system's settings."},
    {"/var/lib/thig-hooks/hooks.db",
     "The database where the Debian package is installed, whose settings name it."},
    {"/etc/thig-hooks/key", "Its key, for root and the group thig-hooks."},
};

std::string page_name(std::string_view command) {
  std::string name = fmt::format("thig-hooks-{}", command);
  std::ranges::replace(name, ' ', '-');
  return name;
}

void add_meanings(RoffPage& page, std::span<const Meaning> meanings) {
  for (const Meaning& meaning : meanings) page.term(meaning.name, "", meaning.text);
}

void add_examples(RoffPage& page, std::span<const Flags::Example> examples) {
  page.section("EXAMPLES");
  for (const Flags::Example& example : examples) {
    page.paragraph(example.what + ":").code(example.command);
  }
}

void add_item(RoffPage& page, const Flags::Item& item) {
  std::string term = item.label();
  if (!item.short_name.empty()) term = fmt::format("{}, {}", item.short_name, item.name);
  std::string text = item.help + ".";
  const std::vector<std::string> asides = flag_asides(item);
  if (!asides.empty()) text += fmt::format(" ({})", fmt::join(asides, "; "));
  page.term(term, item.positional() ? "" : item.value, text);
}

template <class Wanted>
void add_items(RoffPage& page, std::string_view title, const Flags& flags, Wanted wanted) {
  if (std::ranges::none_of(flags.items(), wanted)) return;
  page.section(title);
  for (const Flags::Item& item : flags.items()) {
    if (wanted(item)) add_item(page, item);
  }
}

void add_ends(RoffPage& page, const Flags& flags) {
  page.section("EXIT STATUS");
  add_meanings(page, exit_statuses);
  page.section("ENVIRONMENT");
  bool secret = false;
  for (const Flags::Item& item : flags.items()) {
    secret = secret || item.name == "--secret-file";
    const std::string variable = variable_of(item);
    if (!variable.empty()) {
      page.term(variable, "", fmt::format("Stands for {} where that is not given.", item.label()));
    }
  }
  if (secret)
    page.term("THIG_HOOKS_SECRET", "", "Stands for --secret-file where that is not given.");
  add_meanings(page, other_variables);
  page.section("FILES");
  add_meanings(page, files);
}

void add_other_pages(RoffPage& page) {
  page.see_also("thig-hooks-api", 7);
  page.see_also("thig-hooks-changelog", 7);
  page.see_also("thig-hooks-config", 5);
  page.see_also("thig-hooks-incoming", 7);
  page.see_also("thig-hooks-signing", 7);
}

// Those of the same first word: "events add" beside "events".
void add_see_also(RoffPage& page, const CommandEntry& entry) {
  page.section("SEE ALSO").see_also("thig-hooks", 1);
  const std::string_view first = entry.name.substr(0, entry.name.find(' '));
  for (const CommandEntry& other : command_table()) {
    const bool related = other.name.substr(0, other.name.find(' ')) == first;
    if (related && &other != &entry) page.see_also(page_name(other.name), 1);
  }
  add_other_pages(page);
}

ManPage command_page(const CommandEntry& entry) {
  const DeclaredCommand declared = declare_command(entry);
  const Flags& flags = declared.flags;
  RoffPage page(page_name(entry.name), 1, version(), entry.summary);
  page.section("SYNOPSIS").bold_line(fmt::format("thig-hooks {}", entry.name), flags.synopsis());
  page.section("DESCRIPTION").paragraph(fmt::format("{}.", entry.summary));
  for (const std::string& text : flags.paragraphs()) page.paragraph(text);
  add_examples(page, flags.examples());
  add_items(page, "ARGUMENTS", flags, [](const auto& item) { return item.positional(); });
  add_items(page, "OPTIONS", flags,
            [](const auto& item) { return !item.positional() && !item.global; });
  add_items(page, "GLOBAL OPTIONS", flags, [](const auto& item) { return item.global; });
  add_ends(page, flags);
  add_see_also(page, entry);
  return {.name = page_name(entry.name), .section = 1, .text = page.take()};
}

ManPage program_page() {
  GlobalOptions options;
  Flags globals;
  declare_global_flags(globals, options);
  RoffPage page("thig-hooks", 1, version(), "webhooks from the command line");
  page.section("SYNOPSIS").bold_line("thig-hooks", "COMMAND [flags]");
  page.section("DESCRIPTION").paragraph(program_summary);
  page.paragraph(
      "Data is written to standard output and everything else to standard error: tables on a "
      "terminal, lines separated by tabs in a pipe, one JSON document with --json. A call that "
      "fails "
      "leaves standard output empty.");
  add_examples(page, program_examples());
  page.section("COMMANDS").paragraph("Each has a page of its own: thig-hooks-list(1) for `list`.");
  for (const CommandGroup group : command_groups) {
    page.subsection(title_of(group));
    for (const CommandEntry& entry : command_table()) {
      if (entry.group == group) page.term(entry.name, "", fmt::format("{}.", entry.summary));
    }
  }
  add_items(page, "GLOBAL OPTIONS", globals, [](const auto&) { return true; });
  add_ends(page, globals);
  page.section("SEE ALSO");
  for (const CommandEntry& entry : command_table()) page.see_also(page_name(entry.name), 1);
  add_other_pages(page);
  return {.name = "thig-hooks", .section = 1, .text = page.take()};
}

void add_key(RoffPage& page, const ConfigKeys::Key& key) {
  const Flags::Item& item = *key.item;
  std::string text = item.help + ".";
  if (!item.choices.empty()) text += fmt::format(" One of {}.", fmt::join(item.choices, ", "));
  if (!item.fallback.empty()) text += fmt::format(" Default: {}.", item.fallback);
  text += key.commands.empty()
              ? fmt::format(" Flag: {}, of every command.", item.label())
              : fmt::format(" Flag: {}, of {}.", item.label(), fmt::join(key.commands, ", "));
  text += fmt::format(" Variable: {}.", variable_of(item));
  const std::string_view kind = item.is_switch() ? "true or false"
                                : item.commas    ? "list of texts"
                                : item.numeric   ? "number"
                                                 : "text";
  page.term(item.config, kind, text);
}

ManPage config_page() {
  RoffPage page("thig-hooks-config", 5, version(), "settings of thig-hooks");
  page.section("SYNOPSIS");
  page.code("~/.config/thig-hooks/config.json\n/etc/thig-hooks/config.json");
  page.section("DESCRIPTION");
  page.paragraph(
      "What is set here holds for every call that does not say otherwise. Flags beat the "
      "environment, which beats the user's file ($XDG_CONFIG_HOME/thig-hooks/config.json, or else "
      "in ~/.config), which beats the system's. --config FILE, or THIG_HOOKS_CONFIG, names one "
      "file "
      "that takes the place of both.");
  page.paragraph(
      "A file is a JSON object. The dots of a key below stand for nested objects. Values are "
      "texts, numbers, true and false, and lists of texts, as each key says; a text is what the "
      "flag would be given. In a variable a list is written with commas. Paths that are relative "
      "are so to the file's own folder; ~/ is the home folder.");
  page.paragraph(
      "Both files are checked as a whole whenever a command needs settings: a key that is not "
      "known, "
      "a value that cannot be, a word said twice is an error that names the file and the line. "
      "help, "
      "version and completion work all the same. A file over 64 KiB, or one that everyone may "
      "write, is refused.");
  page.paragraph("`thig-hooks config show` shows what holds, and where it comes from.");
  page.section("EXAMPLES")
      .code(
          "{\n"
          "    \"database\": \"/srv/thig-hooks/hooks.db\",\n"
          "    \"keyFile\": \"/etc/thig-hooks/key\",\n"
          "    \"run\": {\"maxInFlight\": 1024, \"disableSpan\": \"2h\"},\n"
          "    \"incoming\": {\"listen\": \"127.0.0.1:8090\"}\n"
          "}");
  page.section("KEYS");
  const ConfigKeys keys;
  for (const ConfigKeys::Key& key : keys.all()) add_key(page, key);
  page.section("SEE ALSO").see_also("thig-hooks", 1).see_also("thig-hooks-config-show", 1);
  return {.name = "thig-hooks-config", .section = 5, .text = page.take()};
}

// What a request of the HTTP API is told, and what it answers.
void add_route(RoffPage& page, const Route& route) {
  std::string text = fmt::format("{}.", route.summary);
  if (route.scope) text += fmt::format(" Scope: {}.", to_text(*route.scope));
  if (!route.query.empty()) {
    std::vector<std::string> names;
    for (const QueryParameter& parameter : route.query) names.emplace_back(parameter.name);
    text += fmt::format(" Parameters: {}.", fmt::join(names, ", "));
  }
  if (route.status != 200) text += fmt::format(" Answers {}.", route.status);
  page.term(fmt::format("{} {}", route.method, route.path), "", text);
}

ManPage api_page() {
  RoffPage page("thig-hooks-api", 7, version(), "the HTTP API of thig-hooks");
  page.section("SYNOPSIS");
  page.code(
      "thig-hooks keys add shop --scope emit --secret-out shop.key\n"
      "thig-hooks serve-admin &\n"
      "curl http://127.0.0.1:8081/api/events \\\n"
      "    -H \"Authorization: Bearer $(cat shop.key)\" \\\n"
      "    -H 'Content-Type: application/json' \\\n"
      "    -d '{\"event\":\"project.created\",\"data\":{\"projectId\":\"proj_123\"}}'");
  page.section("DESCRIPTION");
  page.paragraph(
      "`thig-hooks serve-admin` serves what the command line does to programs on other machines. "
      "Bodies and answers are JSON; an answer is the document that the command of the same "
      "purpose prints with --json, and a list is one with the name of what is listed, `total` "
      "where "
      "it is known, and `next`. GET /api/openapi.json describes all of it in OpenAPI 3.1, for "
      "programs that make clients.");
  page.paragraph(
      "An event that is answered 202 is recorded durably, with all deliveries that it leads to; "
      "`thig-hooks run` makes these.");
  page.section("IDEMPOTENCY")
      .paragraph(
          "Where it is not known whether an event was recorded, send it again with the same "
          "Idempotency-Key (1 to 255 printable ASCII characters), or with the same `id` in the "
          "body. "
          "For 24 hours it is not recorded a second time: the answer is the first receipt, with "
          "`duplicate` true and the header Idempotent-Replayed. The same key with another type or "
          "other "
          "data is answered 422 IDEMPOTENCY_MISMATCH.");
  page.section("KEYS").paragraph(
      "Requests carry a key: Authorization: Bearer thig_… A key acts for a member and may do what "
      "both its scopes and that member's role allow at that moment. Scopes are emit, read, manage "
      "and secrets. Keys are made on the command line alone (thig-hooks-keys-add(1)). A key that "
      "is "
      "unknown, disabled or expired is answered 401; after ten of those within a minute an address "
      "has to wait (429). What a key does is noted in the audit trail as done via that key. The "
      "cookie of whoever is signed in to the pages (thig-hooks-login-link(1)) opens the same "
      "requests, where there is no key and the request comes from a page of this server. "
      "Whoever may manage webhooks can have what is sent go elsewhere, extra headers included.");
  page.section("PAGES").paragraph(
      "Lists take `limit`, 1 to 200 (50 if it is not given), and `after`, the `next` of the page "
      "before; `next` is null at the end. Times are RFC 3339, or a span until now such as 2h.");
  page.section("CHANGES").paragraph(
      "PATCH changes the settings that it names. GET of a webhook answers an ETag; PATCH with "
      "If-Match changes it only if it is still as it was then, and answers 412 otherwise.");
  page.section("ERRORS").paragraph(
      "An error is a problem document (RFC 9457) with the members type, title, status, detail, "
      "error, code and hint; where it is about one member or parameter, details has its name as "
      "field, and the message. 400 VALIDATION_ERROR: a body, a member or a parameter that cannot "
      "be; "
      "members that are not known are errors. 401 UNAUTHORIZED. 403 FORBIDDEN: the scope or the "
      "role does not allow it. 404 NOT_FOUND, 405, 409 CONFLICT, 413, 415. 421: the server is not "
      "known by the name that it was asked for under (--allow-host). 429 RATE_LIMITED, 503 BUSY "
      "and "
      "507 FULL say with Retry-After when to come again; nothing was recorded then.");
  page.section("REQUESTS").paragraph("{…} stands for a name or an id.");
  for (const Route& route : routes()) add_route(page, route);
  page.section("SEE ALSO").see_also("thig-hooks-keys", 1).see_also("thig-hooks-serve-admin", 1);
  page.see_also("thig-hooks-config", 5);
  return {.name = "thig-hooks-api", .section = 7, .text = page.take()};
}

}  // namespace

std::vector<ManPage> man_pages() {
  std::vector<ManPage> pages = {program_page(), config_page(), api_page()};
  for (const CommandEntry& entry : command_table()) pages.push_back(command_page(entry));
  return pages;
}

Status write_man_pages(const std::string& folder) {
  for (const ManPage& page : man_pages()) {
    const std::string path = fmt::format("{}/{}.{}", folder, page.name, page.section);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << page.text;
    file.close();
    if (!file) return fail(ErrorCode::file, fmt::format("cannot write {}", path));
  }
  return {};
}

}  // namespace thig
