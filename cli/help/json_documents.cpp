#include "cli/help/json_documents.h"

#include <algorithm>

namespace thig {
namespace {

constexpr bool as_lines = true;

// clang-format off
constexpr JsonDocument documents_printed[] = {
    {"add incoming",       "added-incoming",  ""},
    {"add incoming",       "added-incoming-to-file", "with --secret-out"},
    {"add incoming",       "incoming",        "with --if-absent, if it exists"},
    {"add outgoing",       "added",           ""},
    {"add outgoing",       "added-to-file",   "with --secret-out"},
    {"add outgoing",       "webhook",         "with --if-absent, if it exists"},
    {"apply",              "application",     ""},
    {"audit",              "audit",           ""},
    {"backup",             "backup",          ""},
    {"cancel",             "cancelled",       ""},
    {"cancel",             "cancellation",    "with --webhook and --dry-run"},
    {"completion",         "completion",      ""},
    {"config show",        "config",          ""},
    {"deliver",            "line-attempt",    "for each attempt", as_lines},
    {"deliver",            "line-trouble",    "for what happens to webhooks", as_lines},
    {"deliver",            "line-due",        "with --dry-run", as_lines},
    {"deliveries",         "deliveries",      "; with --follow, an element of it per line"},
    {"deliveries explain", "explanation",     ""},
    {"deliveries show",    "delivery",        ""},
    {"disable",            "webhook",         "for an outgoing webhook; several: a list"},
    {"disable",            "incoming",        "for an incoming webhook"},
    {"doctor",             "doctor",          ""},
    {"edit",               "webhook",         "for an outgoing webhook"},
    {"edit",               "incoming",        "for an incoming webhook"},
    {"emit",               "receipt",         ""},
    {"emit",               "batch-line",      "with --batch, one per line"},
    {"emit",               "event-preview",   "with --dry-run"},
    {"enable",             "webhook",         "for an outgoing webhook; several: a list"},
    {"enable",             "incoming",        "for an incoming webhook"},
    {"erase",              "erasure",         ""},
    {"events",             "events",          ""},
    {"events add",         "event-added",     ""},
    {"events show",        "event",           ""},
    {"init",               "init",            ""},
    {"keys",               "keys",            ""},
    {"keys add",           "added-key",       ""},
    {"keys add",           "added-key-to-file", "with --secret-out"},
    {"keys disable",       "changed-key",     ""},
    {"keys edit",          "changed-key",     ""},
    {"keys enable",        "changed-key",     ""},
    {"keys remove",        "removed",         ""},
    {"list",               "list",            ""},
    {"list",               "list-incoming",   "list incoming"},
    {"listen",             "listening",       "once, first", as_lines},
    {"listen",             "listened",        "for each request", as_lines},
    {"login-link",         "login-link",      ""},
    {"members",            "members",         ""},
    {"members add",        "member",          ""},
    {"members remove",     "member",          ""},
    {"members set-role",   "member",          ""},
    {"projects",           "projects",        ""},
    {"projects",           "project",         "for one project"},
    {"prune",              "pruning",         ""},
    {"recover",            "recovery",        ""},
    {"remove",             "removed",         ""},
    {"requests",           "requests",        "; with --follow, an element of it per line"},
    {"requests replay",    "replayed",        ""},
    {"requests show",      "request",         ""},
    {"retry",              "retried",         ""},
    {"rotate",             "rotated",         "for an outgoing webhook"},
    {"rotate",             "rotated-to-file", "for an outgoing webhook, with --secret-out"},
    {"rotate",             "added-incoming",  "for an incoming webhook"},
    {"rotate",             "added-incoming-to-file", "for an incoming webhook, with --secret-out"},
    {"rotate",             "incoming",        "for an incoming webhook, with --secret-file"},
    {"run",                "line-started",    "once, first", as_lines},
    {"run",                "line-attempt",    "for each attempt", as_lines},
    {"run",                "line-trouble",    "for what happens to webhooks", as_lines},
    {"run",                "line-dropped",    "if nobody reads", as_lines},
    {"send-test",          "test",            ""},
    {"send-test",          "tests",           "for several webhooks"},
    {"send-test",          "test-preview",    "with --dry-run"},
    {"serve",              "line-started",    "once; besides, the lines of its parts", as_lines},
    {"serve-admin",        "line-serving",    "once, first", as_lines},
    {"serve-admin",        "line-admin",      "for each request", as_lines},
    {"serve-admin",        "line-dropped",    "if nobody reads", as_lines},
    {"serve-incoming",     "line-serving",    "once, first", as_lines},
    {"serve-incoming",     "line-request",    "for each request", as_lines},
    {"serve-incoming",     "line-action",     "for each action", as_lines},
    {"serve-incoming",     "line-dropped",    "if nobody reads", as_lines},
    {"sessions",           "sessions",        ""},
    {"sessions end",       "sessions",        ""},
    {"show",               "show",            "for an outgoing webhook"},
    {"show",               "show-incoming",   "for an incoming webhook"},
    {"sign",               "signed",          ""},
    {"stats",              "stats",           ""},
    {"test",               "test",            ""},
    {"test",               "tests",           "for several webhooks"},
    {"test",               "test-preview",    "with --dry-run"},
    {"verify",             "verified",        ""},
    {"version",            "version",         ""},
};
// clang-format on
static_assert(std::ranges::is_sorted(documents_printed, {}, &JsonDocument::command));

}  // namespace

std::span<const JsonDocument> json_documents() {
  return documents_printed;
}

}  // namespace thig
