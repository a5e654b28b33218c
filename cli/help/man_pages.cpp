#include "cli/help/man_pages.h"

#include "cli/app/exit_code.h"
#include "cli/config/settings.h"
#include "cli/help/help_text.h"
#include "cli/help/json_page.h"
#include "cli/help/roff.h"
#include "core/open.h"
#include "core/web/route.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

// A page is 80 columns wide, of which man(7) leaves the last free; text is indented by 7 and code
// by another 4.
constexpr std::size_t code_columns = 79 - 7 - 4;

struct Meaning {
  std::string_view name;
  std::string_view text;
};

constexpr Meaning exit_statuses[] = {
    {"0", "Success."},
    {"1",
     "The answer is no: no valid signature, no 2xx response, doctor found a fault, a replayed "
     "request failed again, apply --exit-code found changes, or what --fail-on-failure, "
     "--fail-on-dead or --fail-on name happened. doctor --check is the exception: it exits with 0, "
     "1, 2 or 3 as monitoring plugins do."},
    {"2",
     "Usage error: unknown command or flag, or an invalid value; or an idempotency key that was "
     "already used for another event."},
    {"3", "Failure: database, network, file or key."},
    {"4", "No such webhook, delivery or event type."},
    {"75",
     "Temporary failure, try again: the database is locked, another process delivers, or the disk "
     "is too full."},
    {"77", "Not permitted for this member's role."},
    {"129, 130, 143", "Interrupted by SIGHUP, SIGINT or SIGTERM."},
};

constexpr Meaning other_variables[] = {
    {"THIG_HOOKS_SYSTEM_CONFIG",
     "Path of the system's configuration file, instead of the one in /etc."},
    {"NO_COLOR", "If set, output has no colour, unless --color asks for it."},
    {"CLICOLOR_FORCE", "If set, and not to 0, output has colour in pipes too."},
    {"CREDENTIALS_DIRECTORY",
     "If it contains a file thig-hooks.key, that is the key; see systemd.exec(5)."},
    {"NOTIFY_SOCKET, WATCHDOG_USEC",
     "Set by a service manager, see sd_notify(3): long-running commands report when they are "
     "ready, "
     "reload and stop, and that they are not stuck."},
    {"JOURNAL_STREAM",
     "Set by systemd: log lines that go to its journal have a priority instead of a time; see "
     "LOGS."},
    {"XDG_DATA_HOME", "Base directory of the database; ~/.local/share by default."},
    {"XDG_CONFIG_HOME",
     "Base directory of the key and the user's configuration file; ~/.config by default."},
};

constexpr Meaning files[] = {
    {"~/.local/share/thig-hooks/hooks.db", "The database."},
    {"~/.config/thig-hooks/key", "The key that encrypts the secrets in it. Back up both."},
    {"~/.config/thig-hooks/config.json", "The user's settings; see thig-hooks-config(5)."},
    {"/etc/thig-hooks/config.json", "The system's settings."},
    {"/var/lib/thig-hooks/hooks.db",
     "The database where the Debian package is installed, whose settings name it."},
    {"/etc/thig-hooks/key", "Its key, for root and the group thig-hooks."},
};

// Paragraphs are longer than a line.
// NOLINTBEGIN(bugprone-suspicious-missing-comma)
constexpr std::string_view output_paragraphs[] = {
    "Data goes to standard output, everything else to standard error. A command that fails prints "
    "nothing on standard output.",
    "On a terminal, lists are tables and times are relative. In a pipe, each row is one line with "
    "tabs between the columns, without a header, and nothing is cut off; times are RFC 3339, in "
    "UTC. The help of each command lists its columns.",
    "Commands that show one thing, such as show, deliveries show and requests show, write its "
    "times in UTC, and on a terminal the local time beside them, if the zone (TZ) is not UTC: "
    "2026-11-28T14:05:09Z (15:05 local, 3 min ago). Pipes and JSON have UTC only.",
    "Long work shows one line of progress on standard error while that is a terminal, and none "
    "with --quiet: `deliver` how many of the due deliveries were attempted, the rate, the time "
    "left and how many failed.",
    "--quiet suppresses notes, for cron; --verbose adds explanations. --color overrides NO_COLOR, "
    "which overrides CLICOLOR_FORCE.",
    "Durations are written 90s, 5m, 2h or 7d, sizes 500MiB or 1GiB.",
};

constexpr std::string_view json_paragraphs[] = {
    "--json prints one JSON document, or JSON Lines for commands that stream (run, deliver, listen "
    "and emit --batch). A list is an array, [] if it is empty. Keys are camelCase, times are RFC "
    "3339 in UTC. thig-hooks-json(7) describes every key of every command.",
    "Future versions may add keys, but do not rename or remove any: ignore keys you do not know.",
    "If a command fails, standard output is empty, and the last line of standard error is an "
    "object "
    "with the keys error, code and hint.",
};

constexpr std::string_view log_paragraphs[] = {
    "run, serve, serve-incoming, serve-admin, deliver and listen write log lines: one on standard "
    "output for each attempt, request and action, and one on standard error for everything else. "
    "A line has the time (RFC 3339, UTC, in milliseconds), the level and a text. deliver and "
    "listen, which a person or cron reads, write plain sentences on standard error.",
    "The levels are error (something was lost, or needs a person: a dead delivery, a failed "
    "action, a disabled webhook, a database that cannot be used), warning (a failed attempt that "
    "is retried, a failing or paused webhook), notice (something works again), info (all work) and "
    "debug (explanations). --log-level leaves out what is less important; --quiet leaves out "
    "lines on work, notices and info.",
    "Where systemd connects a stream with the journal ($JOURNAL_STREAM), text lines have neither "
    "time nor level of their own but the priority prefix of sd-daemon(3): journalctl -u thig-hooks "
    "-p warning shows what is important.",
    "--log-format json writes one JSON object per line, on both streams. All have kind, time and "
    "level. The kinds are attempt (also id, eventId, event, webhook, webhookId, attempt, ok, "
    "status, error, durationMs, state, retryAt), request (peer, method, target or path, webhook or "
    "via, status, ms), action (webhook, id, action, state, detail), started (service, url, pid; of "
    "run: database, pid, webhooks, pending), failing, paused, disabled, recovered, blocked, stuck, "
    "unstuck, lacking and limited (webhook, text, until), received (of listen: id, event, verdict, "
    "matched, status, duplicate, headers, body, forwarded), dropped (lines), message (text) and "
    "error (text, code, hint), which is the last line of a command that fails.",
    "--json prints the same objects on standard output, for scripts: no level leaves any out, and "
    "what happens to webhooks is among them.",
    "Text from outside is written with control characters escaped, and cut after 2,048 bytes. "
    "Secrets, tokens of URLs and query strings are never logged.",
};
// NOLINTEND(bugprone-suspicious-missing-comma)

// What belongs on one line: a word of the shell, a flag with its value, a pipe with its command.
std::vector<std::string_view> units_of(std::string_view command) {
  std::vector<std::string_view> units;
  char quote = '\0';
  bool goes_on = false;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= command.size(); ++at) {
    const char c = at == command.size() ? ' ' : command[at];
    if (at < command.size() && (quote != '\0' || c == '\'' || c == '"')) {
      if (quote == '\0') {
        quote = c;
      } else if (c == quote) {
        quote = '\0';
      }
      continue;
    }
    if (c != ' ') continue;
    const std::string_view word = command.substr(from, at - from);
    if (goes_on && word != "|" && !word.starts_with('-')) {
      const auto begin = static_cast<std::size_t>(units.back().data() - command.data());
      units.back() = command.substr(begin, at - begin);
      goes_on = false;
    } else {
      units.push_back(word);
      goes_on = word.starts_with("--") || word == "|";
    }
    from = at + 1;
  }
  return units;
}

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
    page.paragraph(example.what + ":").code(wrapped_command(example.command, code_columns));
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

// `all`: of the program, whose commands have flags of their own.
void add_ends(RoffPage& page, const Flags& flags, bool all = false) {
  page.section("EXIT STATUS");
  add_meanings(page, exit_statuses);
  page.section("ENVIRONMENT");
  bool secret = false;
  for (const Flags::Item& item : flags.items()) {
    secret = secret || item.name == "--secret-file";
    const std::string variable = variable_of(item);
    if (!variable.empty()) {
      page.term(variable, "", fmt::format("Default for {}.", item.label()));
    }
  }
  if (secret || all) {
    page.term("THIG_HOOKS_SECRET", "",
              all ? "For commands with --secret-file: the secret itself, if that is not given."
                  : "The secret itself, if --secret-file is not given.");
  }
  add_meanings(page, other_variables);
  page.section("FILES");
  add_meanings(page, files);
}

void add_other_pages(RoffPage& page) {
  page.see_also("thig-hooks-api", 7);
  page.see_also("thig-hooks-changelog", 7);
  page.see_also("thig-hooks-compatibility", 7);
  page.see_also("thig-hooks-config", 5);
  page.see_also("thig-hooks-incoming", 7);
  page.see_also("thig-hooks-json", 7);
  page.see_also("thig-hooks-machines", 7);
  page.see_also("thig-hooks-moving", 7);
  page.see_also("thig-hooks-outage", 7);
  page.see_also("thig-hooks-senders", 7);
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
  add_examples(page, program_examples());
  page.section("COMMANDS")
      .paragraph("Each command has its own page, such as thig-hooks-list(1) for `list`.");
  for (const CommandGroup group : command_groups) {
    page.subsection(title_of(group));
    for (const CommandEntry& entry : command_table()) {
      if (entry.group == group) page.term(entry.name, "", fmt::format("{}.", entry.summary));
    }
  }
  add_items(page, "GLOBAL OPTIONS", globals, [](const auto&) { return true; });
  page.section("OUTPUT");
  for (const std::string_view text : output_paragraphs) page.paragraph(text);
  page.section("JSON");
  for (const std::string_view text : json_paragraphs) page.paragraph(text);
  page.section("LOGS");
  for (const std::string_view text : log_paragraphs) page.paragraph(text);
  add_ends(page, globals, true);
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
  if (item.file_only) {
    page.term(
        item.config, "text",
        text + fmt::format(" Of {}; no flag and no variable.", fmt::join(key.commands, ", ")));
    return;
  }
  text += key.commands.empty()
              ? fmt::format(" Flag: {}, for every command.", item.label())
              : fmt::format(" Flag: {}, for {}.", item.label(), fmt::join(key.commands, ", "));
  text += fmt::format(" Variable: {}.", variable_of(item));
  const std::string_view kind = item.is_switch() ? "true or false"
                                : item.commas    ? "list of strings"
                                : item.numeric   ? "number"
                                                 : "string";
  page.term(item.config, kind, text);
}

void add_proxy(RoffPage& page) {
  page.section("EGRESS PROXY");
  page.paragraph(
      "Where machines may connect to others through a proxy only, proxy.url names it. Deliveries, "
      "tests and `thig-hooks doctor --online` then ask it with CONNECT for a connection to each "
      "receiver; TLS with the receiver is end to end. Variables such as http_proxy, HTTPS_PROXY "
      "and no_proxy are ignored.");
  page.code(
      "{\n"
      "    \"proxy\": {\n"
      "        \"url\": \"http://proxy.example.com:3128\",\n"
      "        \"authFile\": \"/etc/thig-hooks/proxy.auth\",\n"
      "        \"except\": [\"*.intern.example.com\"]\n"
      "    }\n"
      "}");
  page.paragraph(
      "Names of receivers are looked up and their addresses checked on this machine, as without a "
      "proxy, and the proxy is asked for the checked address: a private address is not reached "
      "through the proxy either, unless the webhook has --allow-private. With proxy.resolves the "
      "proxy is asked for the name. Only use it where this machine cannot look names up: then the "
      "proxy alone decides which addresses are reached, and its rules must keep requests out of "
      "your network. `thig-hooks test`, `thig-hooks doctor` and `thig-hooks run` say so. The "
      "address of the proxy itself may be private.");
  page.paragraph(
      "The file of proxy.authFile holds user:password on one line, and must not be writable for "
      "other users; they are never printed. Only Basic authentication is supported, so an http:// "
      "proxy gets them unencrypted. Changes of these settings need a restart.");
  page.paragraph(
      "If the proxy cannot be reached, fails in TLS or does not accept the credentials (407), no "
      "attempt is spent: deliveries wait, and are tried again every minute. If it does not want to "
      "connect to the receiver (403), or cannot (502, 503, 504), the attempt has failed: outcome "
      "connect, or timeout.");
}

ManPage config_page() {
  RoffPage page("thig-hooks-config", 5, version(), "configuration files of thig-hooks");
  page.section("SYNOPSIS");
  page.code("~/.config/thig-hooks/config.json\n/etc/thig-hooks/config.json");
  page.section("DESCRIPTION");
  page.paragraph(
      "A configuration file sets defaults for flags. Flags override environment variables, which "
      "override the user's file ($XDG_CONFIG_HOME/thig-hooks/config.json, by default in "
      "~/.config), which overrides the system's. --config FILE, or THIG_HOOKS_CONFIG, replaces "
      "both files.");
  page.paragraph(
      "A file is a JSON object. A dot in a key below means a nested object. Values are strings, "
      "numbers, true, false, or lists of strings, as noted for each key; a string is written as "
      "for the flag. In an environment variable, a list is comma-separated. Relative paths are "
      "relative to the file's directory; ~/ is the home directory.");
  page.paragraph(
      "Both files are validated as a whole whenever a command needs settings. An unknown key, an "
      "invalid value or a key that is set twice is an error that names the file and the line. "
      "help, "
      "version and completion work regardless. A file over 64 KiB, or one that everyone may write, "
      "is refused.");
  page.paragraph("`thig-hooks config show` shows every setting and its source.");
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
  add_proxy(page);
  page.section("SEE ALSO").see_also("thig-hooks", 1).see_also("thig-hooks-config-show", 1);
  return {.name = "thig-hooks-config", .section = 5, .text = page.take()};
}

// What a request of the HTTP API is told, and what it answers.
void add_route(RoffPage& page, const Route& route) {
  std::string text = fmt::format("{}.", route.summary);
  if (!route.by_session.empty()) {
    text += " For sessions only, not for keys.";
  } else if (route.scope) {
    text += fmt::format(" Scope: {}.", to_text(*route.scope));
  }
  if (!route.query.empty()) {
    std::vector<std::string> names;
    for (const QueryParameter& parameter : route.query) names.emplace_back(parameter.name);
    text += fmt::format(" Parameters: {}.", fmt::join(names, ", "));
  }
  if (route.status != 200) text += fmt::format(" Returns {}.", route.status);
  page.term(fmt::format("{} {}", route.method, route.path), "", text);
}

// Who may ask for what.
void add_access(RoffPage& page) {
  page.section("KEYS").paragraph(
      "Requests are authenticated with a key: Authorization: Bearer thig_… A key acts for a member "
      "and may do what both its scopes and the member's current role allow. Scopes are emit, read, "
      "manage and secrets. An unknown, disabled or expired key is answered 401; after ten of those "
      "within a minute, an address has to wait (429). Changes made with a key are recorded in the "
      "audit trail with the key's name. Note that whoever may manage webhooks can redirect "
      "deliveries, including their extra headers, to another URL.");
  page.section("SESSIONS");
  page.paragraph(
      "Instead of a key, a request may carry the session cookie of a member who is logged in to "
      "the "
      "admin page (thig-hooks-login-link(1)), or the header of a trusted proxy. A request that "
      "changes something must then come from a page of this server: Sec-Fetch-Site: same-origin, "
      "or "
      "without that header an Origin that is the server's own.");
  page.paragraph(
      "Only sessions and the command line (thig-hooks-keys-add(1)) create, change and remove keys. "
      "A request with a key is answered 403 there, so that a stolen key cannot give itself more "
      "rights or a longer life.");
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
      "`thig-hooks serve-admin` lets programs on other machines do what the command line does. "
      "Request and response bodies are JSON. A response is the document that the corresponding "
      "command prints with --json; a list is an object with the items under their name, `total` if "
      "it is known, and `next`; thig-hooks-json(7) describes the keys. GET /api/openapi.json "
      "describes the API in OpenAPI 3.1, for client "
      "generators.");
  page.paragraph(
      "An event that is answered 202 is durably recorded, with all its deliveries; `thig-hooks "
      "run` delivers them.");
  page.section("IDEMPOTENCY")
      .paragraph(
          "If you cannot tell whether an event was recorded, send it again with the same "
          "Idempotency-Key (1 to 255 printable ASCII characters), or with the same `id` in the "
          "body. For 24 hours it is not recorded a second time: the response is the first receipt, "
          "with `duplicate` true and the header Idempotent-Replayed. The same key with another "
          "type "
          "or other data is answered 422 IDEMPOTENCY_MISMATCH.");
  add_access(page);
  page.section("PAGES").paragraph(
      "Lists take `limit`, 1 to 200 (default: 50), and `after`, the `next` of the previous page; "
      "`next` is null on the last page. Times are RFC 3339, or a duration before now such as 2h.");
  page.section("CHANGES").paragraph(
      "PATCH changes only the settings it names; for webhooks, `result` says whether it changed "
      "any. GET of a "
      "webhook returns an ETag; PATCH with "
      "If-Match changes the webhook only if it has not changed since, and is answered 412 "
      "otherwise.");
  page.section("METRICS").paragraph(
      "GET /metrics returns what `thig-hooks stats --prometheus` prints. Prometheus needs a key "
      "with "
      "the scope read, made with `thig-hooks keys add prometheus --scope read --secret-out FILE`:");
  page.code(
      "scrape_configs:\n"
      "  - job_name: thig-hooks\n"
      "    authorization:\n"
      "      credentials_file: /etc/prometheus/thig-hooks.key\n"
      "    static_configs: [{targets: ['127.0.0.1:8081']}]");
  page.paragraph(
      "The first 1,000 webhooks of either kind, by the time they were added, have their own "
      "series, "
      "with the label webhook; all others are counted together, without that label. A dashboard "
      "for Grafana and alerts for Prometheus are in /usr/share/doc/thig-hooks/examples.");
  page.section("ERRORS").paragraph(
      "An error is a problem document (RFC 9457) with the members type, title, status, detail, "
      "error, code and hint. If it is about one member or parameter, details has its name as "
      "field, "
      "and the message. 400 VALIDATION_ERROR: an invalid body, member or parameter; unknown "
      "members "
      "are errors. 401 UNAUTHORIZED. 403 FORBIDDEN: the scope or the role does not allow it. 404 "
      "NOT_FOUND, 405, 409 CONFLICT, 413, 415. 421: the host name of the request is not allowed "
      "(--allow-host). 429 RATE_LIMITED, 503 BUSY and 507 FULL have a Retry-After header; nothing "
      "was recorded.");
  page.section("REQUESTS").paragraph("{…} is a name or an id.");
  for (const Route& route : routes()) add_route(page, route);
  page.section("SEE ALSO").see_also("thig-hooks-keys", 1).see_also("thig-hooks-serve-admin", 1);
  page.see_also("thig-hooks-config", 5);
  return {.name = "thig-hooks-api", .section = 7, .text = page.take()};
}

}  // namespace

std::vector<ManPage> man_pages() {
  std::vector<ManPage> pages = {program_page(), config_page(), api_page(), json_page()};
  for (const CommandEntry& entry : command_table()) pages.push_back(command_page(entry));
  return pages;
}

std::vector<ManPage> whole_manual() {
  std::vector<ManPage> pages = man_pages();
  for (ManPage& page : written_pages()) pages.push_back(std::move(page));
  return pages;
}

std::string wrapped_command(std::string_view command, std::size_t columns) {
  constexpr std::string_view more = " \\";
  constexpr std::string_view indent = "    ";
  std::string out;
  std::string line;
  const std::vector<std::string_view> units = units_of(command);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::size_t room = columns - (i + 1 == units.size() ? 0 : more.size());
    if (line.empty()) {
      line = units[i];
    } else if (line.size() + 1 + units[i].size() <= room) {
      line.append(" ").append(units[i]);
    } else {
      out.append(line).append(more).append("\n");
      line = indent;
      line += units[i];
    }
  }
  return out + line;
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
