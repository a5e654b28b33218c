#include "core/api/command_wording.h"

#include "core/api/shell_words.h"

#include <algorithm>

namespace thig {

std::string CommandWording::setting(const Setting& setting) const {
  if (setting.value.empty()) return "--" + setting.name;
  ShellCommand flag({});
  return flag.flag("--" + setting.name, setting.value).text().substr(1);
}

std::string CommandWording::operation(const Operation& operation) const {
  std::string settings;
  for (const Setting& setting : operation.settings) settings += " " + this->setting(setting);
  // Nothing is a flag any more behind the "--" that such a word needs.
  const bool dashed = std::ranges::any_of(operation.arguments,
                                          [](const auto& word) { return word.starts_with('-'); });
  ShellCommand command("thig-hooks " + operation.name);
  if (dashed) command.words(settings);
  for (const std::string& argument : operation.arguments) command.positional(argument);
  if (!dashed) command.words(settings);
  return command.text();
}

const Wording& command_wording() {
  static const CommandWording wording;
  return wording;
}

}  // namespace thig
