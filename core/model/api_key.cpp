#include "core/model/api_key.h"

#include "core/base/enum_names.h"

namespace thig {
namespace {

constexpr EnumName<Scope> scopes[] = {
    {Scope::emit, "emit"},
    {Scope::read, "read"},
    {Scope::manage, "manage"},
    {Scope::secrets, "secrets"},
};

}  // namespace

std::string_view to_text(Scope scope) {
  return enum_name(scopes, scope);
}

std::optional<Scope> parse_scope(std::string_view text) {
  return enum_value(scopes, text);
}

std::span<const std::string> scope_names() {
  static const std::vector<std::string> names = Scopes::from_bits(Scopes::all_bits).names();
  return names;
}

std::vector<std::string> Scopes::names() const {
  std::vector<std::string> names;
  for (const EnumName<Scope>& row : scopes) {
    if (has(row.value)) names.emplace_back(row.name);
  }
  return names;
}

Scopes Scopes::from_bits(int bits) {
  Scopes scopes;
  scopes.bits_ = bits & all_bits;
  return scopes;
}

KeyFault fault_of(const ApiKey& key, Time now) {
  if (!key.enabled) return KeyFault::disabled;
  return key.expires_at && *key.expires_at <= now ? KeyFault::expired : KeyFault::none;
}

}  // namespace thig
