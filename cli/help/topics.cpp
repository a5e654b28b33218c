#include "cli/help/topics.h"

#include "cli/help/man_pages.h"
#include "cli/help/roff_reader.h"

#include <algorithm>

namespace thig {
namespace {

// clang-format off
constexpr Topic sorted_topics[] = {
    {"api",         "The HTTP API, request by request",                "thig-hooks-api",       ""},
    {"changelog",   "What to know before an upgrade",                  "thig-hooks-changelog", ""},
    {"compatibility", "What scripts may rely on, and what may change", "thig-hooks-compatibility", ""},
    {"config",      "Configuration files and their keys",              "thig-hooks-config",    ""},
    {"environment", "Environment variables",                           "thig-hooks",           "ENVIRONMENT"},
    {"exit-codes",  "Exit codes, for scripts",                         "thig-hooks",           "EXIT STATUS"},
    {"files",       "Paths of the database, the key and configuration files", "thig-hooks",     "FILES"},
    {"incoming",    "Incoming webhooks: senders, actions, limits",     "thig-hooks-incoming",  ""},
    {"json",        "JSON output, for scripts",                        "thig-hooks",           "JSON"},
    {"json-keys",   "The keys of every command's JSON output",         "thig-hooks-json",      ""},
    {"logs",        "Log lines: levels, JSON, and the journal",        "thig-hooks",           "LOGS"},
    {"machines",    "Running on two machines",                         "thig-hooks-machines",  ""},
    {"moving",      "Moving from cron and curl, webhook, Svix or Convoy", "thig-hooks-moving", ""},
    {"outage",      "What to do when a receiver was down",             "thig-hooks-outage",    ""},
    {"output",      "Output on a terminal and in a pipe",              "thig-hooks",           "OUTPUT"},
    {"senders",     "GitHub, GitLab, Shopify, Slack, Stripe, step by step", "thig-hooks-senders", ""},
    {"signing",     "How deliveries are signed, and how to verify them", "thig-hooks-signing", ""},
};
// clang-format on
static_assert(std::ranges::is_sorted(sorted_topics, {}, &Topic::name));

}  // namespace

std::span<const Topic> topics() {
  return sorted_topics;
}

const Topic* find_topic(std::string_view name) {
  const auto found = std::ranges::find(sorted_topics, name, &Topic::name);
  return found == std::end(sorted_topics) ? nullptr : found;
}

std::string topic_roff(const Topic& topic) {
  for (const ManPage& page : whole_manual()) {
    if (page.name != topic.page) continue;
    if (topic.section.empty()) return page.text;
    for (const RoffSection& section : roff_sections(page.text)) {
      if (section.title == topic.section) return std::string(section.roff);
    }
  }
  return {};
}

std::string topic_text(const Topic& topic, const HelpLayout& layout) {
  return plain_text(topic_roff(topic), layout);
}

}  // namespace thig
