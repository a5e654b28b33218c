#include "core/web/api_wording.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace thig {
namespace {

struct Counterpart {
  std::string_view operation;
  std::string_view request;  // {} stands for the first argument
};

// clang-format off
constexpr Counterpart counterparts[] = {
    {"deliveries",   "GET /api/admin/deliveries"},
    {"deliveries show", "GET /api/admin/deliveries/{}"},
    {"disable",      "POST /api/admin/webhooks/{}/disable"},
    {"edit",         "PATCH /api/admin/webhooks/{}"},
    {"enable",       "POST /api/admin/webhooks/{}/enable"},
    {"events",       "GET /api/admin/event-types"},
    {"keys",         "GET /api/admin/rest-api-keys"},
    {"list",         "GET /api/admin/webhooks"},
    {"recover",      "POST /api/admin/webhooks/{}/recover"},
    {"requests",     "GET /api/admin/requests"},
    {"requests show", "GET /api/admin/requests/{}"},
    {"rotate",       "POST /api/admin/webhooks/{}/rotate"},
    {"show",         "GET /api/admin/webhooks/{}"},
};
// clang-format on

}  // namespace

std::string ApiWording::setting(const Setting& setting) const {
  if (setting.value.empty()) return member_name(setting.name);
  return fmt::format("{}: {}", member_name(setting.name), setting.value);
}

// What has no counterpart here is done on the machine itself.
std::string ApiWording::operation(const Operation& operation) const {
  const auto found = std::ranges::find(counterparts, operation.name, &Counterpart::operation);
  if (found != std::end(counterparts)) {
    const std::string first = operation.arguments.empty() ? "ID" : operation.arguments.front();
    return fmt::format(fmt::runtime(found->request), first);
  }
  std::string command = "thig-hooks " + operation.name;
  for (const std::string& argument : operation.arguments) command += " " + argument;
  for (const Setting& setting : operation.settings) {
    command += " --" + setting.name + (setting.value.empty() ? "" : " " + setting.value);
  }
  return command;
}

std::string_view ApiWording::code(ErrorCode code) const {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::invalid:
      return "VALIDATION_ERROR";
    case ErrorCode::not_permitted:
      return "FORBIDDEN";
    default:
      return error_code_name(code);
  }
}

const Wording& api_wording() {
  static const ApiWording wording;
  return wording;
}

}  // namespace thig
