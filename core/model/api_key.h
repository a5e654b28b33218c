// Keys of the HTTP API: each acts for a member, and may do no more than both its scopes and that
// member's role at that moment allow.
#pragma once

#include "core/base/time.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

enum class Scope {
  emit,     // events
  read,     // lists, figures, history
  manage,   // webhooks and deliveries
  secrets,  // signing secrets and URLs with tokens
};
std::string_view to_text(Scope scope);
std::optional<Scope> parse_scope(std::string_view text);
std::span<const std::string> scope_names();

// A set of them.
class Scopes {
 public:
  Scopes() = default;
  void add(Scope scope) { bits_ |= bit(scope); }
  bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  bool empty() const { return bits_ == 0; }
  // Their names, in the order above.
  std::vector<std::string> names() const;

  // As it is stored.
  int bits() const { return bits_; }
  static Scopes from_bits(int bits);
  static constexpr int all_bits = 15;

  bool operator==(const Scopes&) const = default;

 private:
  static constexpr int bit(Scope scope) { return 1 << static_cast<int>(scope); }
  int bits_ = 0;
};

struct ApiKey {
  ApiKeyId id;
  std::string name;
  std::string prefix;  // the beginning of its text, to tell keys apart
  std::string member;  // whose name it acts in
  Scopes scopes;
  int rate = 600;  // requests a minute
  bool enabled = true;
  Time created_at{};
  std::optional<Time> expires_at{};    // nothing: never
  std::optional<Time> last_used_at{};  // to a minute
  std::int64_t requests = 0;           // that it made, but for those beyond its rate
};

// Why it opens nothing at `now`; none if it does.
enum class KeyFault { none, disabled, expired };
KeyFault fault_of(const ApiKey& key, Time now);

}  // namespace thig
