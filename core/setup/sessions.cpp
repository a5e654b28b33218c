#include "core/setup/sessions.h"

#include "core/base/codec.h"
#include "core/documents/json_members.h"
#include "core/rules/access.h"
#include "core/rules/client_name.h"
#include "core/rules/token.h"
#include "core/setup/audit.h"
#include "core/setup/in_transaction.h"
#include "core/setup/members.h"
#include "core/store/refusals.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int session_id_bits = 40;

std::string session_json(const Session& session) {
  return object_document([&](JsonWriter& json) {
    json.key("id").text(to_text(session.id)).key("client").text(session.client);
    write_time(json, "expiresAt", session.expires_at);
  });
}

Status check_period(Millis period) {
  if (period >= shortest_login_period && period <= longest_login_period) return {};
  return fail(ErrorCode::invalid, fmt::format("a login link must be valid for {} to {}",
                                              format_duration(shortest_login_period),
                                              format_duration(longest_login_period)));
}

std::unexpected<Error> refuse_login(std::string text) {
  return fail(ErrorCode::not_permitted, std::move(text),
              {"create a new login link on the server: ", Operation{"login-link"}});
}

// What is pasted may be the whole link, or end with a blank.
std::string_view code_in(std::string_view text) {
  return trimmed(text.substr(text.rfind('#') + 1));
}

Status note_end(Store& store, Time now, const Member& actor, const Session& session) {
  return store.config().record_audit({.at = now,
                                      .actor = actor,
                                      .action = "session.end",
                                      .subject = session.member,
                                      .before = session_json(session)});
}

Status end_replaced(Store& store, Time now, const Member& actor, std::string_view token) {
  if (!is_token(token)) return {};
  THIG_TRY_ASSIGN(replaced, store.sessions().find_by_hash(token_hash(token), now));
  if (!replaced) return {};
  THIG_TRY(store.sessions().end(replaced->id));
  return note_end(store, now, actor, *replaced);
}

}  // namespace

Sessions::Sessions(Store& store, const Clock& clock, Random& random, Member actor)
    : store_(store), clock_(clock), random_(random), actor_(std::move(actor)) {}

Status Sessions::check_may_manage(std::string_view member) const {
  THIG_TRY(check_access(actor_, Action::own_sessions));
  return member == actor_.name ? Status() : check_access(actor_, Action::manage_sessions);
}

Result<NewLoginCode> Sessions::make_code(std::string_view member, Millis period) {
  const std::string name(member.empty() ? std::string_view(actor_.name) : member);
  THIG_TRY(check_may_manage(name));
  THIG_TRY(check_period(period));
  THIG_TRY(find_listed(store_.config(), name, "give the member who logs in"));
  const Time now = clock_.now().wall;
  NewLoginCode made{.code = {.member = name, .created_at = now, .expires_at = now + period},
                    .text = make_token(random_.bytes(token_bytes))};
  const std::string after = object_document(
      [&](JsonWriter& json) { write_time(json, "expiresAt", made.code.expires_at); });
  THIG_TRY(change_noted(
      store_.config(), actor_, now,
      {.action = "login.link", .subject = name, .difference = {.before = {}, .after = after}},
      [&] { return store_.sessions().add_code(made.code, token_hash(made.text)); }));
  return made;
}

Result<std::vector<Session>> Sessions::list(const std::optional<std::string>& member) {
  THIG_TRY(check_may_manage(member.value_or(actor_.name)));
  THIG_TRY_ASSIGN(sessions, store_.sessions().all(clock_.now().wall));
  const bool everybody = !member && may(actor_.role, Action::manage_sessions);
  if (!everybody) {
    const std::string& name = member ? *member : actor_.name;
    std::erase_if(sessions, [&](const Session& session) { return session.member != name; });
  }
  return sessions;
}

Result<std::vector<Session>> Sessions::end(std::span<const std::string> ids) {
  return in_transaction(store_.config(), [&]() -> Result<std::vector<Session>> {
    THIG_TRY_ASSIGN(all, store_.sessions().all(clock_.now().wall));
    std::vector<Session> ended;
    for (const std::string& id : ids) {
      const auto found = std::ranges::find(all, parse_session_id(id), &Session::id);
      if (found == all.end()) return no_session(id);
      THIG_TRY(check_may_manage(found->member));
      // One that is named twice is ended once.
      if (std::ranges::find(ended, found->id, &Session::id) != ended.end()) continue;
      THIG_TRY(store_.sessions().end(found->id));
      THIG_TRY(note_end(store_, clock_.now().wall, actor_, *found));
      ended.push_back(*found);
    }
    return ended;
  });
}

Result<std::vector<Session>> Sessions::end_all(const std::optional<std::string>& member) {
  return in_transaction(store_.config(), [&]() -> Result<std::vector<Session>> {
    THIG_TRY_ASSIGN(ended, list(member));
    const bool everybody = !member && may(actor_.role, Action::manage_sessions);
    const std::string& name = member ? *member : actor_.name;
    THIG_TRY(store_.sessions().end_all(everybody ? std::nullopt
                                                 : std::optional<std::string_view>(name)));
    for (const Session& session : ended) {
      THIG_TRY(note_end(store_, clock_.now().wall, actor_, session));
    }
    return ended;
  });
}

Result<BegunSession> begin_session(Store& store, const Clock& clock, Random& random,
                                   const Arrival& arrival) {
  const std::string_view code = code_in(arrival.code);
  if (!is_token(code)) return refuse_login("not a valid login code");
  const Time now = clock.now().wall;
  const Session fresh{.id = {random.bits(session_id_bits)},
                      .member = {},
                      .client = client_name(arrival.client),
                      .created_at = now,
                      .expires_at = now + longest_session,
                      .last_used_at = now};
  const std::string token = make_token(random.bytes(token_bytes));
  return in_transaction(store.config(), [&]() -> Result<BegunSession> {
    THIG_TRY_ASSIGN(added, store.sessions().redeem(token_hash(code), fresh, token_hash(token)));
    if (!added) return refuse_login("this login link was already used, or has expired");
    THIG_TRY_ASSIGN(members, store.config().members());
    const auto found = std::ranges::find(members, added->member, &Member::name);
    if (found == members.end()) {
      return refuse_login(
          fmt::format("the user {} is no longer a member", printable(added->member)));
    }
    Member member = *found;
    member.via = via_session;
    THIG_TRY(end_replaced(store, now, member, arrival.replaces));
    THIG_TRY(store.config().record_audit({.at = now,
                                          .actor = member,
                                          .action = "session.begin",
                                          .subject = member.name,
                                          .after = session_json(*added)}));
    return BegunSession{.session = std::move(*added), .member = std::move(member), .token = token};
  });
}

}  // namespace thig
