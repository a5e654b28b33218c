#include "core/api/audit_query.h"
#include "core/api/command_wording.h"
#include "core/api/shell_words.h"
#include "core/base/json.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/history/pages.h"
#include "core/web/pages/html/filters.h"
#include "core/web/pages/html/parts.h"
#include "core/web/problem.h"

#include <charconv>
#include <optional>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::size_t most_exported = 10'000;
constexpr std::size_t longest_value = 300;

// What the URL asks for.
AuditQuery wanted_changes(const Query& query) {
  AuditQuery wanted{.subject = query.find("subject").value_or(""),
                    .actor = query.find("actor").value_or(""),
                    .since = query.find("since"),
                    .until = query.find("until")};
  const std::string after = query.find("after").value_or("");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), number);
  if (error == std::errc() && !after.empty() && *end == '\0') wanted.before = number;
  return wanted;
}

bool narrows(const AuditQuery& wanted) {
  return !wanted.subject.empty() || !wanted.actor.empty() || wanted.since || wanted.until;
}

Link with_filters(Link link, const AuditQuery& wanted) {
  link.add("subject", wanted.subject).add("actor", wanted.actor);
  return link.add("since", wanted.since.value_or("")).add("until", wanted.until.value_or(""));
}

Link changes_link(const AuditQuery& wanted) {
  return with_filters(Link("/admin/audit-logs"), wanted);
}

Html change_filters(const AuditQuery& wanted) {
  Html clear;
  if (narrows(wanted)) {
    clear = html<R"(<a class="btn quiet" href="{}">Clear</a>)">(Link("/admin/audit-logs"));
  }
  return html<
      R"(<form class="filters" role="search" aria-label="Filters" action="{}"><label>Subject<input name="subject" value="{}" placeholder="any name" aria-keyshortcuts="/"></label><label>Who<input name="actor" value="{}" placeholder="any member"></label><label>Since<input name="since" value="{}" placeholder="7d, 2026-11-28T…"></label><label>Until<input name="until" value="{}" placeholder="now"></label><button>Filter</button>{}</form>)">(
      Link("/admin/audit-logs"), wanted.subject, wanted.actor, wanted.since.value_or(""),
      wanted.until.value_or(""), clear);
}

// What is told for people may be any text that only begins as one.
bool is_object(std::string_view value) {
  return value.starts_with('{') && check_json(value).has_value();
}

// A list of objects by the values in them: "name /title, status /state open".
std::string readable(const std::string& value) {
  if (!value.starts_with("[{") || !check_json(value)) return shortened(value, longest_value);
  std::string text;
  for (const std::string_view element : json_elements(value)) {
    if (!text.empty()) text += ",";
    for (const JsonMember& member : json_members(element)) {
      if (member.value == "null") continue;
      text += text.empty() ? "" : " ";
      text += json_text(member.value).value_or(std::string(member.value));
    }
  }
  return shortened(text, longest_value);
}

// With the members of objects each for itself: "action.when".
void add_members(std::vector<ChangedMember>& all, const JsonDifference& difference,
                 const std::string& prefix) {
  for (ChangedMember& member : changed_members(difference)) {
    const bool nested = prefix.empty() && (is_object(member.before) || is_object(member.after));
    if (nested) {
      const auto side = [](const std::string& value) { return is_object(value) ? value : ""; };
      add_members(all, json_difference(side(member.before), side(member.after)), member.name + ".");
    } else {
      all.push_back({.name = prefix + member.name,
                     .before = readable(member.before),
                     .after = readable(member.after)});
    }
  }
}

std::vector<ChangedMember> members_of(const JsonDifference& difference) {
  std::vector<ChangedMember> all;
  add_members(all, difference, "");
  return all;
}

Html changed_line(const ChangedMember& member) {
  return html<R"(<div><span class="dim">{}</span> {} <span class="dim">→</span> {}</div>)">(
      member.name, member.before, member.after);
}

// All settings of what was added or removed, behind one line.
Html whole_side(const JsonDifference& difference) {
  const bool added = difference.before.empty();
  Html rows;
  std::int64_t settings = 0;
  for (const ChangedMember& member : members_of(difference)) {
    const std::string& value = added ? member.after : member.before;
    if (value == "none") continue;
    ++settings;
    rows += fact(member.name, value);
  }
  if (settings == 0) return {};
  if (settings == 1) return html<R"(<dl class="rows">{}</dl>)">(rows);
  return html<R"(<details><summary>{} {}</summary><dl class="rows">{}</dl></details>)">(
      added ? "With" : "Before", counted(settings, "setting", "settings"), rows);
}

Html changes_cell(const AuditEntry& entry) {
  const JsonDifference difference = difference_of(entry);
  if (difference.before.empty() || difference.after.empty()) return whole_side(difference);
  Html lines;
  for (const ChangedMember& member : members_of(difference)) lines += changed_line(member);
  return lines;
}

Html who_cells(const AuditEntry& entry, const AuditQuery& wanted) {
  const Member& actor = entry.actor;
  if (actor.name.empty()) {
    return html<
        R"(<td class="mid"><span class="dim">thig-hooks</span></td><td class="wide"></td><td class="wide"></td>)">();
  }
  AuditQuery by = wanted;
  by.actor = actor.name;
  return html<
      R"(<td class="mid"><a class="plain" href="{}">{}</a></td><td class="dim wide">{}</td><td class="dim wide">{}</td>)">(
      changes_link(by), shortened(actor.name, longest_in_column), capital(role_of(entry)),
      actor.via.empty() ? "cli" : shortened(actor.via, longest_in_column));
}

Html change_row(const AuditEntry& entry, const AuditQuery& wanted, Time now) {
  AuditQuery of = wanted;
  of.subject = entry.subject;
  const std::string brief = fmt::format(
      "{}, {}",
      entry.actor.name.empty() ? "thig-hooks" : shortened(entry.actor.name, longest_in_column / 2),
      describe_relative(entry.at, now));
  return html<
      R"(<tr><td class="dim mid">{}</td>{}<th scope="row"><span class="name event">{}</span><small><a class="plain" href="{}" title="{}">{}</a></small><small class="brief">{}</small></th><td class="fill">{}</td></tr>)">(
      log_time(entry.at, now), who_cells(entry, wanted), entry.action, changes_link(of),
      entry.subject, shortened(entry.subject, longest_in_column), brief, changes_cell(entry));
}

Html changes_table(const AuditQuery& wanted, const FoundChanges& found, Time now) {
  Html rows;
  for (const AuditEntry& entry : found.entries) rows += change_row(entry, wanted, now);
  Html all = html<
      R"(<table><caption class="aside-text">Changes, newest first</caption><thead><tr><th scope="col" class="mid" data-utc>When, UTC</th><th scope="col" class="mid">Who</th><th scope="col" class="wide">Role</th><th scope="col" class="wide">Via</th><th scope="col">What</th><th scope="col" class="fill">Before → after</th></tr></thead><tbody>{}</tbody></table>)">(
      rows);
  std::optional<Link> newest;
  std::optional<Link> older;
  if (wanted.before) newest = changes_link(wanted);
  if (found.more) {
    older = changes_link(wanted).with("after", std::to_string(found.entries.back().number));
  }
  all += pager(
      newest, older,
      fmt::format("{}, newest first: {} to {}",
                  counted(static_cast<std::int64_t>(found.entries.size()), "change", "changes"),
                  time_text(found.entries.front().at), time_text(found.entries.back().at)));
  return all;
}

Html no_change_matches(const AuditQuery& wanted) {
  if (!narrows(wanted)) {
    return html<
        R"(<div class="blank"><h2>No changes{}</h2><p>Every change of webhooks, members, event types, keys and settings is listed here: who, when, before and after. Secrets are never included.</p></div>)">(
        wanted.before ? " before these" : " yet");
  }
  return html<
      R"(<div class="blank"><h2>No change matches</h2><p>Enter the full name of the subject or member.</p><a class="btn" href="{}">Clear filters</a></div>)">(
      Link("/admin/audit-logs"));
}

std::string audit_command(const AuditQuery& wanted) {
  ShellCommand shell("thig-hooks audit");
  if (!wanted.actor.empty()) shell.flag("--member", wanted.actor);
  if (wanted.since) shell.flag("--since", *wanted.since);
  if (wanted.until) shell.flag("--until", *wanted.until);
  if (wanted.before) shell.flag("--before", std::to_string(*wanted.before));
  if (!wanted.subject.empty()) shell.positional(wanted.subject);
  return shell.text();
}

Html audit_head(const AuditQuery& wanted) {
  return html<
      R"(<div class="head"><h1>Audit log</h1><div class="acts"><a class="btn" href="{}" download aria-label="CSV of the newest 10,000 that match">CSV</a></div></div>{})">(
      with_filters(Link("/admin/audit-logs.csv"), wanted), change_filters(wanted));
}

}  // namespace

Result<HttpResponse> list_changes(Call& call) {
  const AuditQuery wanted = wanted_changes(call.query);
  Page page{.title = "Audit log",
            .section = Section::audit,
            .content = audit_head(wanted),
            .command = audit_command(wanted)};
  auto filter = read_query(wanted, call.now(), command_wording());
  if (!filter) {
    if (!is_about_filters(filter.error())) return std::unexpected(filter.error());
    page.content += wrong_filter(filter.error());
    page.status = status_of(filter.error().code);
    return page_answer(call, page);
  }
  THIG_TRY_ASSIGN(found, find_changes(call.store.config(), std::move(*filter)));
  page.content +=
      found.entries.empty() ? no_change_matches(wanted) : changes_table(wanted, found, call.now());
  return page_answer(call, page);
}

Result<HttpResponse> export_changes(Call& call) {
  AuditQuery wanted = wanted_changes(call.query);
  wanted.limit = most_exported;
  THIG_TRY_ASSIGN(filter, read_query(wanted, call.now(), command_wording()));
  THIG_TRY_ASSIGN(csv, changes_csv(call.store.config(), std::move(filter)));
  const std::string file =
      fmt::format("audit-logs-{:%F}.csv", std::chrono::floor<std::chrono::days>(call.now()));
  return HttpResponse{
      .status = 200,
      .headers = {{"content-type", "text/csv; charset=utf-8"},
                  {"content-disposition", fmt::format(R"(attachment; filename="{}")", file)},
                  {"cache-control", "no-store"},
                  {"content-security-policy", "default-src 'none'; sandbox"},
                  {"x-content-type-options", "nosniff"},
                  {"cross-origin-resource-policy", "same-origin"},
                  {"referrer-policy", "same-origin"}},
      .body = std::move(csv)};
}

}  // namespace thig::pages
