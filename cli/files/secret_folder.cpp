#include "cli/files/secret_folder.h"

#include "cli/files/secret_file.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/rules/incoming_rules.h"
#include "core/setup/incoming_webhooks.h"
#include "core/store/private_folder.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// In a folder of its own a name is a part of a path.
Status check_file_name(const std::string& name) {
  if (!name.starts_with('.') && name.find('/') == name.npos && name.size() <= 200) return {};
  return fail(ErrorCode::invalid,
              fmt::format("the name of webhook \"{}\" is not a valid file name", printable(name)),
              "rename the webhook, or omit --secret-out");
}

const PlannedChange* change_of(const std::vector<PlannedChange>& plan, SetupKind kind,
                               const std::string& name) {
  const auto found = std::ranges::find_if(
      plan, [&](const PlannedChange& one) { return one.kind == kind && one.name == name; });
  return found == plan.end() ? nullptr : &*found;
}

// Writes what came new, or, where the file is missing or stale, what `reveal` answers.
template <class Reveal>
Result<bool> write_one(const std::string& file, const std::string& fresh, bool stale,
                       Random& random, Reveal reveal) {
  THIG_TRY_ASSIGN(secret_file, SecretFile::open(file, random));
  if (fresh.empty() && secret_file.exists() && !stale) return false;
  std::string text = fresh;
  if (text.empty()) {
    THIG_TRY_ASSIGN(revealed, reveal());
    text = std::move(revealed);
  }
  auto written = secret_file.write(text);
  if (written) return true;
  written.error().hint = "fix the folder, then apply again: missing files are written";
  return std::unexpected(std::move(written).error());
}

}  // namespace

Status SecretFolder::check(const SetupDocument& document) {
  for (const auto& setup : document.outgoing.value_or(std::vector<OutgoingSetup>())) {
    THIG_TRY(check_file_name(setup.settings.name));
  }
  for (const auto& setup : document.incoming.value_or(std::vector<IncomingSetup>())) {
    THIG_TRY(check_file_name(setup.settings.name));
  }
  return {};
}

Result<SecretFolder> SecretFolder::open(const std::string& folder, const SetupDocument& document,
                                        Random& random) {
  THIG_TRY(check(document));
  SecretFolder made(absolute_path(folder));
  THIG_TRY(make_private_folder(made.path_));
  THIG_TRY(SecretFile::open(made.path_ + "/secret", random));
  return made;
}

Result<std::int64_t> SecretFolder::write(Context& context, Store& store, const Member& actor,
                                         const SetupDocument& document,
                                         const std::vector<PlannedChange>& plan,
                                         const std::string& base) const {
  std::int64_t written = 0;
  Webhooks outgoing(store.config(), context.clock(), context.random(), actor);
  for (const auto& setup : document.outgoing.value_or(std::vector<OutgoingSetup>())) {
    const std::string& name = setup.settings.name;
    const PlannedChange* change = change_of(plan, SetupKind::outgoing, name);
    const bool given = change && setup.secret &&
                       (change->step == PlanStep::create ||
                        json_find(change->difference.after, "secret").has_value());
    THIG_TRY_ASSIGN(one, write_one(path_ + "/" + name + ".secret",
                                   given ? *setup.secret : (change ? change->made : std::string()),
                                   false, context.random(), [&]() -> Result<std::string> {
                                     THIG_TRY_ASSIGN(revealed, outgoing.reveal(name));
                                     if (!revealed.secrets.empty())
                                       return revealed.secrets.front().text;
                                     return fail(ErrorCode::key,
                                                 fmt::format("{} has no secret", name));
                                   }));
    written += one ? 1 : 0;
  }
  const bool moved = change_of(plan, SetupKind::setting, "publicUrl") != nullptr;
  IncomingWebhooks incoming(store.config(), store.incoming(), context.clock(), context.random(),
                            actor);
  for (const auto& setup : document.incoming.value_or(std::vector<IncomingSetup>())) {
    const std::string& name = setup.settings.name;
    const PlannedChange* change = change_of(plan, SetupKind::incoming, name);
    const bool given = change && setup.token &&
                       (change->step == PlanStep::create ||
                        json_find(change->difference.after, "url").has_value());
    const std::string token = given ? *setup.token : (change ? change->made : std::string());
    THIG_TRY_ASSIGN(one, write_one(path_ + "/" + name + ".url",
                                   token.empty() ? std::string() : incoming_url(base, token), moved,
                                   context.random(), [&]() -> Result<std::string> {
                                     THIG_TRY_ASSIGN(revealed, incoming.reveal(name));
                                     if (revealed.tokens.empty()) {
                                       return fail(ErrorCode::key,
                                                   fmt::format("{} has no URL", name));
                                     }
                                     return incoming_url(base, revealed.tokens.front().text);
                                   }));
    written += one ? 1 : 0;
  }
  return written;
}

}  // namespace thig
