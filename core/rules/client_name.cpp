#include "core/rules/client_name.h"

#include "core/base/codec.h"

#include <span>

namespace thig {
namespace {

constexpr std::size_t longest_client_name = 40;

struct Mark {
  std::string_view text;
  std::string_view name;
};

// Each claims to be those below it, so the first that is found counts.
constexpr Mark browsers[] = {
    {"Edg", "Edge"},       {"OPR/", "Opera"},    {"Vivaldi/", "Vivaldi"}, {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"},   {"Version/", "Safari"},
};
constexpr Mark systems[] = {
    {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},   {"Macintosh", "macOS"},
    {"Windows", "Windows"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
};

std::string_view name_in(std::string_view text, std::span<const Mark> marks) {
  for (const Mark& mark : marks) {
    if (text.find(mark.text) != text.npos) return mark.name;
  }
  return {};
}

}  // namespace

std::string client_name(std::string_view user_agent) {
  const std::string_view browser = name_in(user_agent, browsers);
  if (!browser.empty()) {
    const std::string_view system = name_in(user_agent, systems);
    std::string name(browser);
    if (!system.empty()) name.append(" on ").append(system);
    return name;
  }
  const std::string_view product = trimmed(user_agent.substr(0, user_agent.find_first_of("/ (")));
  std::string name = to_valid_utf8(printable(product), longest_client_name);
  return name.empty() ? "unknown" : name;
}

}  // namespace thig
