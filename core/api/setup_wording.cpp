#include "core/api/setup_wording.h"

#include "core/api/command_wording.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view of_the_command[] = {"db", "key-file", "member"};

class SetupWording final : public Wording {
 public:
  std::string setting(const Setting& setting) const override {
    const auto& [name, value] = setting;
    if (std::ranges::find(of_the_command, name) != std::end(of_the_command)) {
      return command_wording().setting(setting);
    }
    if (name == "secret-file") return R"("secret": {"file": "FILE"} or {"env": "NAME"})";
    if (name == "command") return fmt::format(R"("command": ["{}"])", value);
    if (name == "set") {
      const auto equals = value.find('=');
      return fmt::format(R"("set": [{{"field": "{}", "from": "{}"}}])", value.substr(0, equals),
                         equals == value.npos ? "" : value.substr(equals + 1));
    }
    const std::string member = member_name(name);
    return value.empty() ? fmt::format("\"{}\"", member)
                         : fmt::format(R"("{}": "{}")", member, value);
  }
  std::string operation(const Operation& operation) const override {
    return command_wording().operation(operation);
  }
};

}  // namespace

const Wording& setup_wording() {
  static const SetupWording wording;
  return wording;
}

}  // namespace thig
