// What must hold, whatever has happened.
#include "tests/simulation/life.h"

#include <algorithm>

namespace thig {

// A result decides something about a webhook only under the epoch that its attempt began under: who
// answered 410 is no longer asked, but not who has been changed since.
void Life::check_setup(const Endpoint& before, const Endpoint& now) {
  const bool gave_up =
      now.disabled_by == DisabledBy::gone && before.disabled_by != DisabledBy::gone;
  if (gave_up) CHECK(gone_.contains({now.id, now.url}));
  if (now.epoch != before.epoch) {
    std::erase_if(gone_, [&](const auto& one) { return one.first == now.id; });
  }
  changes_[now.id] += static_cast<int>(now.epoch - before.epoch);
  const bool enabled =
      now.state == EndpointState::enabled && before.state == EndpointState::disabled;
  if (enabled || now.url != before.url) begun_[now.id] = 0;
}

// Streaks count no failure from before they were ended.
void Life::check_health() {
  see_setup();
  for (const auto& [id, endpoint] : endpoints_) {
    const EndpointHealth health = must(members().queue().health(id));
    CAPTURE(endpoint.name);
    CHECK(health.consecutive_failures <= begun_[id]);
    CHECK(health.endpoint_failures <= begun_[id]);
  }
}

// Every duty has one owner at most.
void Life::check_owners() {
  CHECK(std::ranges::count_if(dispatching_, [](const auto& one) { return one->owns(); }) <= 1);
}

void Life::check_width(const Dispatching& process) {
  for (const auto& [id, most] : process.sender().most_in_flight) {
    const auto found = endpoints_.find(id);
    if (found != endpoints_.end()) CHECK(most <= std::size_t(found->second.max_in_flight));
  }
  CHECK(process.sender().most_in_flight_of_all <= most_in_flight_);
  CHECK(process.sender().doubled == 0);
}

void Life::check_all() {
  check_health();
  for (const auto& process : dispatching_) check_width(*process);
  for (const auto& [event, expected] : events_) {
    for (const EndpointId endpoint : expected.missed) {
      const DeliveryId id{event, endpoint};
      if (lives_.contains(id)) {
        check_delivery(id);
      } else {
        CHECK(must(members().history().timeline(id)).delivery.state == DeliveryState::missed);
      }
    }
    for (const EndpointId id : expected.queued) check_delivery({event, id});
  }
  check_counters();
  check_requests();
}

void Life::check_delivery(DeliveryId id) {
  const Timeline timeline = must(members().history().timeline(id));
  const Delivery& delivery = timeline.delivery;
  CAPTURE(to_text(id));
  CAPTURE(to_text(delivery.state));
  CAPTURE(delivery.attempts);
  CAPTURE(delivery.due_at ? format_rfc3339_millis(*delivery.due_at) : "");
  CAPTURE(format_rfc3339_millis(machine_.clock.now().wall));
  CHECK(delivery.state != DeliveryState::pending);
  CHECK(delivery.state != DeliveryState::missed);
  CHECK(delivery.attempts == int(timeline.attempts.size()));
  CHECK((delivery.state == DeliveryState::cancelled) == cancelled_.contains(id));
  // What was under way when its webhook was changed does not count.
  CHECK(delivery.attempts <= 4 * (1 + lives_[id]) + changes_[id.endpoint]);
  CHECK(delivery.attempts <= attempts_[id]);
  CHECK(attempts_[id] <= delivery.attempts + unrecorded_[id]);
  for (std::size_t i = 0; i < timeline.attempts.size(); ++i) {
    CHECK(timeline.attempts[i].number == int(i) + 1);
    // Only what has been delivered once and was retried has a success before its end; if it was
    // cancelled then, it ends with that.
    const bool last = i + 1 == timeline.attempts.size();
    const bool ended = last && delivery.state != DeliveryState::cancelled;
    if (ended || !lives_.contains(id)) {
      CHECK(timeline.attempts[i].ok() == (last && delivery.state == DeliveryState::delivered));
    }
  }
}

// More are sent than recorded only where a process dies.
void Life::note_unrecorded(const Dispatching& process) {
  if (!process.owns()) return;
  for (const auto& [id, attempts] : attempts_) {
    const auto timeline = members().history().timeline(id);
    if (timeline) unrecorded_[id] = attempts - timeline->delivery.attempts;
  }
}

EndpointStats Life::figures_of(DeliveryId id) {
  const Timeline timeline = must(members().history().timeline(id));
  EndpointStats sum;
  const DeliveryState state = timeline.delivery.state;
  sum.pending = state == DeliveryState::pending;
  sum.delivered = state == DeliveryState::delivered;
  sum.dead = state == DeliveryState::dead;
  sum.missed = state == DeliveryState::missed;
  sum.cancelled = state == DeliveryState::cancelled;
  for (const Attempt& attempt : timeline.attempts) {
    ++(attempt.ok() ? sum.attempts_ok : sum.attempts_failed);
  }
  return sum;
}

// Counters are equal to the history they sum up.
void Life::check_counters() {
  std::map<EndpointId, EndpointStats> sums = past_;
  for (const Delivery& delivery :
       must(members().history().deliveries({.before = {}, .limit = 1'000'000}))) {
    EndpointStats& sum = sums[delivery.id.endpoint];
    const EndpointStats one = figures_of(delivery.id);
    sum.pending += one.pending;
    sum.delivered += one.delivered;
    sum.dead += one.dead;
    sum.missed += one.missed;
    sum.cancelled += one.cancelled;
    sum.attempts_ok += one.attempts_ok;
    sum.attempts_failed += one.attempts_failed;
  }
  for (const EndpointStats& kept : must(members().statistics().stats({}))) {
    CAPTURE(to_text(kept.id));
    const EndpointStats& sum = sums[kept.id];
    CHECK(kept.pending == sum.pending);
    CHECK(kept.delivered == sum.delivered);
    CHECK(kept.dead == sum.dead);
    CHECK(kept.missed == sum.missed);
    CHECK(kept.cancelled == sum.cancelled);
    CHECK(kept.attempts_ok == sum.attempts_ok);
    CHECK(kept.attempts_failed == sum.attempts_failed);
  }
}

// What was answered with 200 is there, unless it was deleted on purpose, and has ended as its
// content says; what its action did is there as often as it was done.
void Life::check_requests() {
  CHECK(open_.empty());
  for (const auto& [id, number] : acknowledged_) {
    CAPTURE(to_text(id));
    const IncomingRequest request = must(members().requests().one(id));
    CHECK(to_text(request.state) == to_text(messages_[std::size_t(number)].end));
  }
  for (const auto& [id, number] : duplicates_) {
    CHECK(must(members().requests().one(id)).state == RequestState::duplicate);
  }
  std::map<std::string, int> projects;
  for (const Project& project : must(members().requests().projects(100'000)))
    ++projects[project.name];
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const Message& message = messages_[i];
    CAPTURE(message.body);
    CHECK(message.raised == message.done);
    if (message.hook == "projects") CHECK(projects["P" + std::to_string(i) + "."] == message.done);
  }
  for (const IncomingStats& kept : must(members().requests().stats())) {
    for (const IncomingHook& hook : must(members().incoming().hooks())) {
      if (hook.id != kept.id) continue;
      CHECK(kept.received == hooks_[hook.name].received);
      CHECK(kept.duplicates == hooks_[hook.name].duplicates);
    }
  }
}

}  // namespace thig
