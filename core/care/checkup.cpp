#include "core/care/checkup.h"

#include "core/base/size.h"
#include "core/probe/diagnosis.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace thig {
namespace {

using enum CheckState;

constexpr std::uint64_t long_wal = 64u << 20;  // what it is cut to when it starts again
constexpr Millis small_step{5'000};            // clocks are set by as much all the time
constexpr Millis large_step = std::chrono::hours(1);
constexpr Millis overdue = std::chrono::minutes(10);
constexpr Millis long_overdue = std::chrono::hours(1);
constexpr Millis restart_time = std::chrono::minutes(1);
constexpr int days_of_notice = 14;
// A key of the HTTP API can be replaced at once.
constexpr int days_of_key_notice = 7;
constexpr Time first_release = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

using Version = std::array<int, 3>;

Version parse_version(std::string_view text) {
  Version version{};
  for (int& part : version) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc()) break;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with('.')) text.remove_prefix(1);
  }
  return version;
}

// "3 h", of a span.
std::string span_text(Millis span) {
  const std::string text = describe_relative(Time{}, Time{} + span);
  return text.ends_with(" ago") ? text.substr(0, text.size() - 4) : "a moment";
}

std::string deliveries(std::int64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "delivery" : "deliveries");
}

// What keeps an enabled webhook's due deliveries from being made now.
bool is_waiting(const WebhookFacts& webhook, Time now) {
  const auto& paused = webhook.health.paused_until;
  return webhook.endpoint.state == EndpointState::enabled && webhook.stats.next_due &&
         *webhook.stats.next_due <= now && !(paused && *paused > now);
}

class Evaluation {
 public:
  explicit Evaluation(const CheckupFacts& facts) : facts_(facts), db_(facts.database) {}

  std::vector<Finding> run() {
    database();
    permissions();
    disk();
    if (!db_.failure) {
      key();
      clock();
    }
    libraries();
    if (facts_.work) {
      webhooks(*facts_.work);
      delivering(*facts_.work);
      limits(*facts_.work);
      incoming(*facts_.work);
      api_keys(*facts_.work);
    }
    if (facts_.proxy) add("proxy", ok, describe(*facts_.proxy));
    for (const HandshakeFacts& one : facts_.handshakes) handshake(one);
    return std::move(findings_);
  }

 private:
  void add(std::string_view check, CheckState state, std::string text, Remark hint = {}) {
    findings_.push_back({check, state, std::move(text), std::move(hint)});
  }
  void database();
  void integrity();
  void permissions();
  bool is_shared() const;
  bool check_file(const PathFacts& file);
  bool check_shared_file(const PathFacts& file);
  void disk();
  void key();
  void clock();
  void libraries();
  void webhooks(const WorkFacts& work);
  bool webhook(const WebhookFacts& webhook);
  void delivering(const WorkFacts& work);
  void limits(const WorkFacts& work);
  void incoming(const WorkFacts& work);
  void api_keys(const WorkFacts& work);
  void handshake(const HandshakeFacts& shaken);

  const CheckupFacts& facts_;
  const DatabaseExamination& db_;
  std::vector<Finding> findings_;
};

void Evaluation::database() {
  if (db_.failure) return add("database", fault, db_.failure->text, db_.failure->hint);
  if (db_.schema < db_.newest_schema) {
    add("database", warning,
        fmt::format("{} has schema {}; this program uses schema {}", db_.file.path, db_.schema,
                    db_.newest_schema),
        "the next command that writes upgrades it; older versions cannot open it after that");
  } else {
    add("database", ok, fmt::format("{}, {}", db_.file.path, format_size(db_.file.size)));
  }
  if (!db_.unwritable.empty()) {
    add("database", fault, fmt::format("the database cannot be written: {}", db_.unwritable),
        "check how its filesystem is mounted (ReadWritePaths= of the service), and its "
        "permissions");
  }
  for (const PathFacts& copy : db_.copies) {
    add("upgrade", warning,
        fmt::format("{} is a copy of the database from before an upgrade ({})", copy.path,
                    format_size(copy.size)),
        fmt::format("if everything works: rm {}", copy.path));
  }
  integrity();
  for (const std::string& one : db_.miscounts) {
    add("counters", fault, one,
        {"only statistics are wrong, not deliveries or requests; keep a copy (",
         Operation{"backup"}, ") and report it"});
  }
  if (facts_.work_failure) {
    add("database", fault, facts_.work_failure->text, facts_.work_failure->hint);
  }
}

void Evaluation::integrity() {
  for (const std::string& problem : db_.problems) {
    add("integrity", fault, problem, "stop all processes that use it, and restore a backup");
  }
  if (!db_.problems.empty()) return;
  switch (db_.checked) {
    case DatabaseExamination::Extent::nothing:
      return add("integrity", ok, "not checked: it would take long",
                 {Operation{"doctor", {}, {{"full"}}}, " checks it"});
    case DatabaseExamination::Extent::structure:
      return add("integrity", ok, "the structure is intact");
    case DatabaseExamination::Extent::everything:
      return add("integrity", ok, "everything is intact");
  }
}

// With a group, as `init --group` does it: the setgid bit of the folder is what says so.
bool Evaluation::is_shared() const {
  return (db_.file.mode & 0060) == 0060 && (db_.folder.mode & 02070) == 02070 &&
         db_.file.group == db_.folder.group;
}

// Of the files beside a shared database: whether the group can use it.
bool Evaluation::check_shared_file(const PathFacts& file) {
  if ((file.mode & 0060) == 0060 && file.group == db_.file.group) return true;
  add("permissions", fault,
      fmt::format("{} cannot be used by the group {} (mode {:04o}, group {})", file.path,
                  db_.file.group_name, file.mode, file.group_name),
      {"as its owner or root: ", Operation{"init", {}, {{"group", db_.file.group_name}}}});
  return false;
}

// True if there is nothing to say.
bool Evaluation::check_file(const PathFacts& file) {
  if (!file.exists) return true;
  if (is_shared() && (file.mode & 0007) == 0) return check_shared_file(file);
  if ((file.mode & 0022) != 0) {
    add("permissions", fault,
        fmt::format("{} can be written by other users (mode {:04o})", file.path, file.mode),
        fmt::format("chmod 600 {}", file.path));
  } else if ((file.mode & 0044) != 0) {
    add("permissions", warning,
        fmt::format("{} can be read by other users (mode {:04o})", file.path, file.mode),
        fmt::format("chmod 600 {}", file.path));
  } else {
    return true;
  }
  return false;
}

void Evaluation::permissions() {
  if (!db_.file.exists) return;
  bool good = true;
  for (const PathFacts* file : {&db_.file, &db_.wal, &db_.shm}) good = check_file(*file) && good;
  const PathFacts& folder = db_.folder;
  const unsigned not_to_write = is_shared() ? 0002 : 0022;
  if (folder.exists && (folder.mode & not_to_write) != 0) {
    good = false;
    const bool sticky = (folder.mode & 01000) != 0;
    add("permissions", sticky ? warning : fault,
        fmt::format("other users can create files in {} (mode {:04o})", folder.path, folder.mode),
        sticky ? "keep the database in a folder of its own"
               : fmt::format("chmod 700 {}", folder.path));
  }
  for (const PathFacts* file : {&db_.wal, &db_.shm}) {
    if (!file->exists || file->ours == db_.file.ours || is_shared()) continue;
    good = false;
    add("permissions", warning,
        fmt::format("{} does not belong to the same user as the database", file->path),
        {"use the database as one user, or share it: ",
         Operation{"init", {}, {{"group", "GROUP"}}}});
  }
  if (!good) return;
  add("permissions", ok,
      is_shared() ? fmt::format("only the group {} has access", db_.file.group_name)
                  : "other users have no access");
}

void Evaluation::disk() {
  if (db_.free_space) {
    const std::string free = format_size(*db_.free_space);
    const std::uint64_t floor = db_.free_space_floor;
    if (*db_.free_space < floor) {
      add("disk", fault,
          fmt::format("only {} free: below {} nothing new is recorded", free, format_size(floor)),
          {"free some space on that filesystem; ", Operation{"prune"},
           " makes the database smaller"});
    } else if (*db_.free_space < 4 * floor) {
      add("disk", warning,
          fmt::format("only {} free; below {} nothing new is recorded", free, format_size(floor)),
          "free some space on that filesystem");
    } else {
      add("disk", ok, fmt::format("{} free", free));
    }
  }
  if (!db_.wal.exists) return;
  if (db_.wal.size > long_wal) {
    add("wal", warning, fmt::format("{} has grown to {}", db_.wal.path, format_size(db_.wal.size)),
        fmt::format("a long-running reader keeps it from being reset; find it with: fuser {}",
                    db_.file.path));
  } else {
    add("wal", ok, fmt::format("{} long", format_size(db_.wal.size)));
  }
}

void Evaluation::key() {
  if (!db_.key_used) return add("key", ok, "no secrets yet");
  if (db_.key_failure) return add("key", fault, db_.key_failure->text, db_.key_failure->hint);
  add("key", ok, "it decrypts the secrets");
}

void Evaluation::clock() {
  const Time now = facts_.now;
  const Remark repair("if the clock is correct now, stop ", Operation{"run"},
                      " and repair the times: ", Operation{"doctor", {}, {{"repair-clock"}}},
                      "; if not, set it (timedatectl)");
  const Time earliest = std::max(first_release, db_.created_at - small_step);
  if (now < earliest) {
    return add("clock", fault,
               fmt::format("the clock says {}, which is before {}", format_rfc3339(now),
                           earliest == first_release ? "this program was released"
                                                     : "the database was created"),
               "set the machine's clock (timedatectl)");
  }
  if (db_.newest_event && *db_.newest_event > now + small_step) {
    const Millis ahead = *db_.newest_event - now;
    return add("clock", ahead > large_step ? fault : warning,
               fmt::format("the newest event is {} in the future: the clock was ahead, or was set "
                           "back",
                           span_text(ahead)),
               repair);
  }
  const Time own = now >= db_.dispatcher_time
                       ? now
                       : db_.dispatcher_time + std::max(now - db_.dispatcher_wall, Millis{0});
  if (db_.dispatcher_time > Time{} && own > now + small_step) {
    return add(
        "clock", own - now > large_step ? fault : warning,
        fmt::format("deliveries are scheduled {} ahead of the clock, which was ahead, or was "
                    "set back",
                    span_text(own - now)),
        repair);
  }
  add("clock", ok, format_rfc3339(now));
}

void Evaluation::libraries() {
  const LibraryVersions& libraries = facts_.libraries;
  const auto library = [&](std::string_view check, const std::string& version, const Version& tried,
                           std::string_view remark) {
    if (parse_version(version) < tried) {
      add(check, warning,
          fmt::format("{} is older than the versions that this program is tested with", version),
          "upgrade the library");
    } else {
      add(check, ok, fmt::format("{}{}", version, remark));
    }
  };
  const bool loses = parse_version(libraries.sqlite) < Version{3, 51, 3};
  library("sqlite", libraries.sqlite, {3, 40, 0},
          loses
              ? "; affected by SQLite's WAL-reset bug, which thig-hooks works around: let no other "
                "program write to the database"
              : "");
  library("libcurl", libraries.curl, {7, 88, 0}, "");
  const Version openssl = parse_version(libraries.openssl);
  if (openssl >= Version{3, 0, 0} && openssl < Version{3, 0, 7}) {
    add("openssl", fault,
        fmt::format(
            "{} has a buffer overflow that a server's certificate can trigger (CVE-2022-3602)",
            libraries.openssl),
        "upgrade the library");
  } else {
    library("openssl", libraries.openssl, {3, 0, 7}, "");
  }
}

void Evaluation::webhooks(const WorkFacts& work) {
  bool good = true;
  for (const WebhookFacts& one : work.webhooks) good = webhook(one) && good;
  if (good) {
    const std::size_t count = work.webhooks.size();
    add("webhooks", ok,
        fmt::format("{} outgoing {}, none failing", count, count == 1 ? "webhook" : "webhooks"));
  }
}

bool Evaluation::webhook(const WebhookFacts& webhook) {
  const Endpoint& endpoint = webhook.endpoint;
  const auto before = findings_.size();
  if (endpoint.state == EndpointState::disabled) {
    const std::string text = fmt::format(
        "{} has been disabled for {}{}", endpoint.name,
        span_text(facts_.now - endpoint.state_since),
        endpoint.state_reason.empty() ? "" : fmt::format(": {}", endpoint.state_reason));
    if (endpoint.disabled_by == DisabledBy::member) {
      add("webhooks", ok, text);
    } else {
      add("webhooks", fault, text,
          {"fix the endpoint, then: ", Operation{"enable", {endpoint.name}}});
    }
  } else if (const auto& until = webhook.health.paused_until; until && *until > facts_.now) {
    add("webhooks", warning,
        fmt::format("{} is paused until {}, after {} failures in a row", endpoint.name,
                    format_rfc3339(*until), webhook.health.endpoint_failures),
        Operation{"test", {endpoint.name}});
  } else if (webhook.health.failing_since) {
    add("webhooks", warning,
        fmt::format("{} has been failing for {} ({} in a row)", endpoint.name,
                    span_text(facts_.now - *webhook.health.failing_since),
                    webhook.health.consecutive_failures),
        Operation{"test", {endpoint.name}});
  }
  if (webhook.tls_files && endpoint.state == EndpointState::enabled) {
    add("webhooks", fault, fmt::format("{} is paused: {}", endpoint.name, webhook.tls_files->text),
        webhook.tls_files->hint);
  }
  if (const std::int64_t lost = webhook.stats.dead + webhook.stats.missed; lost > 0) {
    add("recoverable", warning,
        fmt::format("{} did not get {} ({} dead, {} missed)", endpoint.name, deliveries(lost),
                    webhook.stats.dead, webhook.stats.missed),
        {Operation{"recover", {endpoint.name}, {{"since", format_rfc3339(endpoint.created_at)}}},
         " sends them again"});
  }
  return findings_.size() == before;
}

void Evaluation::delivering(const WorkFacts& work) {
  const Millis age = backlog_age(work, facts_.now);
  const auto waiting = std::ranges::count_if(
      work.webhooks, [&](const WebhookFacts& webhook) { return is_waiting(webhook, facts_.now); });
  const auto& pid = facts_.dispatching_pid;
  const std::string who = pid ? fmt::format("process {} is delivering", *pid)
                              : std::string("no process is delivering now");
  if (age < overdue) return add("delivering", ok, who);

  const std::string since = span_text(age);
  const std::string whose = fmt::format("{} {}", waiting, waiting == 1 ? "webhook" : "webhooks");
  if (!pid) {
    return add("delivering", age >= long_overdue ? fault : warning,
               fmt::format("deliveries of {} have been due for {}, and no process is delivering",
                           whose, since),
               {"start ", Operation{"run"}, ", or put ", Operation{"deliver"}, " into cron"});
  }
  // Under load the oldest may wait for its turn, but then others are being settled.
  if (facts_.now - db_.dispatcher_wall < overdue) {
    return add("delivering", ok, fmt::format("{}; the oldest has been due for {}", who, since));
  }
  add("delivering", fault,
      fmt::format(
          "process {} should deliver, but deliveries of {} have been due for {} and "
          "nothing was recorded since {}",
          *pid, whose, since,
          db_.dispatcher_wall > Time{} ? format_rfc3339(db_.dispatcher_wall) : "it started"),
      "check its log, and restart it");
}

void Evaluation::limits(const WorkFacts& work) {
  if (const auto& most = facts_.limits.backlog_age) {
    const Millis age = backlog_age(work, facts_.now);
    add("backlog", age > *most ? fault : ok,
        age == Millis{0} ? std::string("no delivery is overdue")
                         : fmt::format("the oldest has been due for {}; the limit is {}",
                                       span_text(age), format_duration(*most)),
        age > *most
            ? Remark("list what is waiting: ", Operation{"deliveries", {}, {{"state", "pending"}}})
            : Remark());
  }
  if (const auto& most = facts_.limits.dead) {
    const std::int64_t dead = count_dead(work);
    add("dead", dead > *most ? fault : ok,
        fmt::format("{} dead; the limit is {}", deliveries(dead), *most),
        dead > *most ? Remark("list them: ", Operation{"deliveries", {}, {{"state", "dead"}}})
                     : Remark());
  }
}

void Evaluation::incoming(const WorkFacts& work) {
  if (facts_.acting_pid) {
    return add("incoming", ok, fmt::format("process {} runs the actions", *facts_.acting_pid));
  }
  if (work.waiting_requests == 0) return add("incoming", ok, "no action is waiting");
  // A server that is restarted takes them up at once.
  const bool fresh = work.newest_waiting && facts_.now - *work.newest_waiting < restart_time;
  add("incoming", fresh ? warning : fault,
      fmt::format("{} {} for an action, and no process runs actions", work.waiting_requests,
                  work.waiting_requests == 1 ? "request waits" : "requests wait"),
      {"start ", Operation{"serve-incoming"}});
}

// Those that open something now: what is disabled or has ended is nobody's surprise.
void Evaluation::api_keys(const WorkFacts& work) {
  std::size_t usable = 0;
  for (const ApiKey& key : work.api_keys) {
    if (fault_of(key, facts_.now) != KeyFault::none) continue;
    ++usable;
    if (std::ranges::find(work.members, key.member, &Member::name) == work.members.end()) {
      add("API keys", warning,
          fmt::format("{} has no access: {} is not a member", key.name, key.member),
          {"remove it if nobody needs it: ", Operation{"keys remove", {key.name}}});
    }
    if (!key.expires_at) continue;
    const int days = days_until(*key.expires_at, facts_.now);
    if (days > days_of_key_notice) continue;
    add("API keys", warning,
        fmt::format("{} of {} expires in {} {}", key.name, key.member, days,
                    days == 1 ? "day" : "days"),
        {"create a new one for whoever uses it: ", Operation{"keys add", {"NAME"}}});
  }
  add("API keys", ok, fmt::format("{} in use", usable));
}

void Evaluation::handshake(const HandshakeFacts& shaken) {
  const Finished& finished = shaken.finished;
  const std::string& name = shaken.endpoint.name;
  const bool answered = std::holds_alternative<Responded>(finished.outcome);
  if (std::holds_alternative<Interrupted>(finished.outcome)) return;
  if (!answered) {
    const auto failure = explain_failure(finished);
    return add("endpoint", fault,
               fmt::format("{}: {}", name, failure ? failure->detail : describe(finished.outcome)),
               failure ? failure->hint : Remark());
  }
  const Observation* seen = finished.observation.get();
  const std::string tls = seen != nullptr ? seen->tls_version : "";
  if (seen == nullptr || !seen->certificate || !seen->certificate->not_after) {
    return add("endpoint", ok, fmt::format("{}: {} with {}", name, tls, finished.address));
  }
  const int days = days_until(*seen->certificate->not_after, facts_.now);
  const std::string text = fmt::format("{}: {} with {}; its certificate expires in {} {}", name,
                                       tls, finished.address, days, days == 1 ? "day" : "days");
  if (days > days_of_notice) return add("endpoint", ok, text);
  add("endpoint", warning, text, "the receiver has to renew it");
}

}  // namespace

std::string_view to_text(CheckState state) {
  switch (state) {
    case ok:
      return "ok";
    case warning:
      return "warning";
    case fault:
      return "fault";
  }
  return "";
}

Millis backlog_age(const WorkFacts& work, Time now) {
  Millis age{0};
  for (const WebhookFacts& webhook : work.webhooks) {
    if (is_waiting(webhook, now)) age = std::max(age, now - *webhook.stats.next_due);
  }
  return age;
}

std::int64_t count_dead(const WorkFacts& work) {
  std::int64_t dead = 0;
  for (const WebhookFacts& webhook : work.webhooks) dead += webhook.stats.dead;
  return dead;
}

std::vector<Finding> evaluate(const CheckupFacts& facts) {
  return Evaluation(facts).run();
}

}  // namespace thig
