#include "core/setup/members.h"

#include "core/base/codec.h"
#include "core/documents/change_json.h"
#include "core/rules/access.h"
#include "core/rules/suggest.h"
#include "core/setup/audit.h"
#include "core/setup/in_transaction.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_name = 100;

Status check_name(std::string_view name) {
  if (!name.empty() && name.size() <= longest_name && is_plain_text(name) &&
      name.find_first_of(" \t:/") == name.npos) {
    return {};
  }
  return fail(ErrorCode::invalid,
              fmt::format("not a valid user name: \"{}\"", printable(name.substr(0, longest_name))),
              fmt::format("a member is a user of this machine: at most {} bytes, no spaces, : or /",
                          longest_name));
}

std::string role_json(const Member& member) {
  return one_member("role", to_text(member.role));
}

}  // namespace

Members::Members(ConfigStore& config, const Clock& clock, Member actor)
    : config_(config), clock_(clock), actor_(std::move(actor)) {}

Result<Member> Members::find(std::string_view name) {
  THIG_TRY_ASSIGN(members, config_.members());
  const auto found = std::ranges::find(members, name, &Member::name);
  if (found != members.end()) return std::move(*found);
  std::vector<std::string> names;
  for (const Member& member : members) names.push_back(member.name);
  const std::string near = nearest(name, names);
  return fail(ErrorCode::not_found, fmt::format("there is no member {}", printable(name)),
              near.empty() ? Remark("see all of them with: ", Operation{"members"})
                           : Remark(fmt::format("did you mean '{}'?", near)));
}

Result<MemberChange> Members::add(std::string_view name, Role role) {
  THIG_TRY(check_access(actor_, Action::manage_members));
  THIG_TRY(check_name(name));
  return in_transaction(config_, [&]() -> Result<MemberChange> {
    if (auto found = find(name)) {
      if (found->role == role) return MemberChange{.member = std::move(*found)};
      return fail(ErrorCode::conflict,
                  fmt::format("the user {} is already a member, with the role {}", name,
                              to_text(found->role)),
                  Operation{"members set-role", {std::string(name), std::string(to_text(role))}});
    } else if (found.error().code != ErrorCode::not_found) {
      return std::unexpected(std::move(found).error());
    }
    Member member{.name = std::string(name), .role = role};
    THIG_TRY(change_noted(config_, actor_, clock_.now().wall,
                          {.action = "member.add",
                           .subject = name,
                           .difference = {.before = {}, .after = role_json(member)}},
                          [&] { return config_.put_member(member); }));
    return MemberChange{.member = std::move(member), .result = ChangeResult::created};
  });
}

Result<MemberChange> Members::set_role(std::string_view name, Role role) {
  THIG_TRY(check_access(actor_, Action::manage_members));
  return in_transaction(config_, [&]() -> Result<MemberChange> {
    THIG_TRY_ASSIGN(before, find(name));
    if (before.role == role) return MemberChange{.member = std::move(before)};
    Member after{.name = before.name, .role = role};
    THIG_TRY(change_noted(config_, actor_, clock_.now().wall,
                          {.action = "member.set-role",
                           .subject = name,
                           .difference = {.before = role_json(before), .after = role_json(after)}},
                          [&] { return config_.put_member(after); }));
    return MemberChange{.member = std::move(after), .result = ChangeResult::changed};
  });
}

Result<MemberChange> Members::remove(std::string_view name) {
  THIG_TRY(check_access(actor_, Action::manage_members));
  return in_transaction(config_, [&]() -> Result<MemberChange> {
    THIG_TRY_ASSIGN(member, find(name));
    THIG_TRY(change_noted(config_, actor_, clock_.now().wall,
                          {.action = "member.remove",
                           .subject = name,
                           .difference = {.before = role_json(member), .after = {}}},
                          [&] { return config_.remove_member(name); }));
    return MemberChange{.member = std::move(member), .result = ChangeResult::removed};
  });
}

Result<Member> find_listed(ConfigStore& config, std::string_view name, std::string_view ask) {
  THIG_TRY_ASSIGN(members, config.members());
  const auto found = std::ranges::find(members, name, &Member::name);
  if (found != members.end()) return std::move(*found);
  return fail(ErrorCode::invalid, fmt::format("the user {} is not a member", printable(name)),
              {std::string(ask), ": ", Setting{"member", "NAME"},
               "; or add one: ", Operation{"members add", {std::string(name), "member"}}});
}

Result<Member> member_of(ConfigStore& config, std::string_view os_user, bool is_root) {
  THIG_TRY_ASSIGN(members, config.members());
  const auto found = std::ranges::find(members, os_user, &Member::name);
  if (is_root) return Member{.name = std::string(os_user), .role = Role::owner};
  if (found != members.end()) return *found;
  return Member{.name = std::string(os_user), .role = Role::viewer};
}

}  // namespace thig
