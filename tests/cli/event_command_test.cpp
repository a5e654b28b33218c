#include "cli/log/event_command.h"

#include <string>

#include <doctest/doctest.h>

namespace thig {
namespace {

constexpr Millis a_minute{60'000};

WebhookNews news(const std::string& webhook, const std::string& kind) {
  return {.kind = kind, .webhook = webhook, .text = {}};
}

std::string told(NewsQueue& queue, Millis now) {
  const auto news = queue.take(now);
  return news ? news->webhook + " " + news->kind : "";
}

}  // namespace

TEST_CASE(
    "of each webhook news are told once a a_minute, the newest of those that came meanwhile") {
  NewsQueue queue(a_minute);
  CHECK_FALSE(queue.next().has_value());
  queue.put(news("crm", "failing"), Millis{5});
  CHECK(queue.next() == Millis{5});
  CHECK(told(queue, Millis{5}) == "crm failing");
  queue.put(news("crm", "paused"), Millis{10});
  queue.put(news("crm", "disabled"), Millis{20});
  queue.put(news("erp", "failing"), Millis{30});
  CHECK(told(queue, Millis{30}) == "erp failing");
  CHECK(told(queue, Millis{30}) == "");
  CHECK(queue.next() == a_minute + Millis{5});
  CHECK(told(queue, a_minute + Millis{4}) == "");
  CHECK(told(queue, a_minute + Millis{5}) == "crm disabled");
  CHECK_FALSE(queue.next().has_value());
  // After a quiet a_minute at once again.
  queue.put(news("crm", "recovered"), 3 * a_minute);
  CHECK(told(queue, 3 * a_minute) == "crm recovered");
}

TEST_CASE("what cannot be run is refused before anything is delivered") {
  CHECK_FALSE(EventCommand::check("notify").has_value());
  CHECK_FALSE(EventCommand::check("/nowhere/notify").has_value());
  CHECK(EventCommand::check("/bin/sh").has_value());
}

}  // namespace thig
