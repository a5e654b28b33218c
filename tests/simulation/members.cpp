// What members do.
#include "core/care/clock_watch.h"
#include "core/care/keeping.h"
#include "core/dispatch/emitter.h"
#include "core/setup/apply.h"
#include "tests/simulation/life.h"

#include <algorithm>

namespace thig {
namespace {

// A clock that jumped is doubted for so long; one that drifts by so little is not.
constexpr Millis probation = std::chrono::hours(1);
constexpr Millis tolerance = std::chrono::minutes(15);

void add_up(EndpointStats& sum, const EndpointStats& more) {
  sum.delivered += more.delivered;
  sum.attempts_ok += more.attempts_ok;
  sum.attempts_failed += more.attempts_failed;
}

}  // namespace

// ---------------------------------------------------------------------------------------- set-up

void Life::add_webhook() {
  WebhookDraft draft;
  draft.settings.name = "w" + std::to_string(named_++);
  draft.settings.url = "https://example.com/" + draft.settings.name;
  draft.settings.events = {one_in(2) ? "*" : "project.*"};
  draft.settings.retry = {Millis{170'000}, Millis{680'000}, Millis{2'720'000}};
  draft.settings.max_in_flight = 1 + pick(8);
  if (one_in(3)) draft.settings.rate = 1 + pick(20);
  if (one_in(3)) draft.settings.retry = {Millis{1000}, Millis{5000}};
  must(webhooks().add(draft));
  see_setup();
}

void Life::turn_on_or_off() {
  const Endpoint& endpoint = one_of(endpoints_).second;
  if (one_in(2)) {
    must(webhooks().disable(endpoint.name, "test"));
  } else {
    must(webhooks().enable(endpoint.name));
  }
  see_setup();
}

void Life::change_webhook() {
  const bool heard = one_in(2);
  const int bad_percent = bad_percent_;
  if (!heard) {  // what is under way fails, and is committed, before anybody looks
    bad_percent_ = 100;
    emit();
    run_for(Millis{pick(20)});
    see_setup();
  }
  stir(heard);
  const std::string name = one_of(endpoints_).second.name;
  if (one_in(3)) {
    must(webhooks().rotate(name, {.secret = {}, .overlap = Millis{0}}));
  } else {
    const bool moves = one_in(2);
    must(webhooks().edit(name, [&](Endpoint& changed) -> Status {
      if (moves) changed.url = "https://example.com/" + std::to_string(++moved_);
      changed.timeout = Millis{1'000 + ++moved_};
      return {};
    }));
  }
  see_setup();
  if (!heard) run_for(Millis{pick(500)});
  bad_percent_ = bad_percent;
}

std::string Life::document() {
  return write_setup_document(must(read_setup(members().config(), members().incoming(), owner_,
                                              false, machine_.clock.now().wall)));
}

void Life::change_setup(SetupDocument& document) {
  for (OutgoingSetup& one : *document.outgoing) {
    if (one_in(5)) one.settings.url = "https://example.com/" + std::to_string(++moved_);
    if (one_in(5)) one.settings.timeout = Millis{1'000 + ++moved_};
    if (one_in(4)) one.active = one_in(2);
  }
  for (IncomingSetup& one : *document.incoming) {
    if (one_in(4)) one.active = one_in(2);
  }
  if (document.outgoing->size() > 1 && one_in(4)) {
    document.outgoing->erase(document.outgoing->begin() +
                             pick(static_cast<int>(document.outgoing->size())));
  }
  if (document.outgoing->size() < 6 && one_in(3)) {
    OutgoingSetup fresh = document.outgoing->front();
    fresh.settings.name = "w" + std::to_string(named_++);
    fresh.active.reset();
    document.outgoing->push_back(std::move(fresh));
  }
}

// A dry run changes nothing; one for good leaves nothing to be done.
void Life::apply_document() {
  const std::string before = document();
  SetupDocument wanted = must(read_setup_document(before));
  change_setup(wanted);
  const auto apply = [&](bool dry_run) {
    return must(apply_setup(members().config(), members().incoming(), machine_.clock,
                            machine_.random, owner_, wanted, {.prune = true, .dry_run = dry_run}));
  };
  const auto version = must(members().config().config_version());
  const std::size_t planned = apply(true).size();
  CHECK(must(members().config().config_version()) == version);
  CHECK(document() == before);
  if (one_in(4)) return;
  CHECK(apply(false).size() == planned);
  see_setup();
  CHECK(apply(true).empty());
}

// What is wrong at its end has changed nothing at its beginning.
void Life::apply_wrong_document() {
  const std::string before = document();
  SetupDocument wanted = must(read_setup_document(before));
  change_setup(wanted);
  wanted.outgoing->back().settings.url = "ftp://example.com/";
  const auto applied =
      apply_setup(members().config(), members().incoming(), machine_.clock, machine_.random, owner_,
                  wanted, {.prune = true, .dry_run = false});
  REQUIRE_FALSE(applied);
  CHECK(applied.error().code == ErrorCode::invalid);
  CHECK(document() == before);
}

void Life::see_setup() {
  std::map<EndpointId, Endpoint> now;
  for (Endpoint& endpoint : must(members().config().endpoints()))
    now[endpoint.id] = std::move(endpoint);
  for (const auto& [id, before] : std::exchange(endpoints_, now)) {
    if (const auto found = now.find(id); found != now.end()) {
      check_setup(before, found->second);
    } else {
      forget(id);
    }
  }
  for (const IncomingHook& hook : must(members().incoming().hooks())) {
    hooks_[hook.name].enabled = hook.enabled;
  }
}

// Its history has gone with it.
void Life::forget(EndpointId id) {
  removed_.insert(id);
  for (auto& [event, expected] : events_) {
    expected.queued.erase(id);
    expected.missed.erase(id);
  }
}

// ------------------------------------------------------------------------------ events and after

void Life::emit() {
  for (int count = 1 + pick(10); count > 0; --count) {
    EventDraft draft{.type = one_in(2) ? "project.created" : "prd.generated", .data = "{}"};
    if (one_in(3)) draft.idempotency_key = "key-" + std::to_string(++keys_);
    Emitter emitter(members().config(), members().intake(), machine_.clock, owner_);
    const NewEvent preview = must(emitter.preview(draft));
    const Receipt receipt = record_event(draft);
    CHECK(receipt.queued == preview.queue.size());
    CHECK_FALSE(receipt.duplicate);
    if (draft.idempotency_key) {
      const Receipt again = must(emitter.emit({&draft, 1})).front();
      CHECK(again.duplicate);
      CHECK(again.id == receipt.id);
    }
    events_[receipt.id] = {.type = draft.type,
                           .queued = {preview.queue.begin(), preview.queue.end()},
                           .missed = {preview.missed.begin(), preview.missed.end()},
                           .since_boot = machine_.clock.now().steady};
  }
}

Receipt Life::record_event(const EventDraft& draft) {
  ForgettingIntake forgets;
  const bool forgotten =
      planted_ == Planted::unrecorded_receipts && !draft.idempotency_key && one_in(5);
  IntakeStore& intake = forgotten ? forgets : members().intake();
  Emitter emitter(members().config(), intake, machine_.clock, owner_);
  return must(emitter.emit({&draft, 1})).front();
}

std::vector<DeliveryId> Life::some_deliveries() {
  std::vector<DeliveryId> all;
  for (const auto& [event, expected] : events_) {
    for (const EndpointId id : expected.queued) all.push_back({event, id});
    for (const EndpointId id : expected.missed) all.push_back({event, id});
  }
  std::vector<DeliveryId> some;
  for (int i = pick(8); i > 0 && !all.empty(); --i) some.push_back(one_of(all));
  return some;
}

void Life::begin_new_life(DeliveryId id) {
  ++lives_[id];
  cancelled_.erase(id);
}

void Life::retry_some() {
  for (const Retried& one : must(recovery().retry(some_deliveries()))) {
    if (one.was != DeliveryState::pending) begin_new_life(one.id);
  }
}

void Life::cancel_some() {
  std::vector<DeliveryId> pending;
  for (const DeliveryId id : some_deliveries()) {
    const auto timeline = must(members().history().timeline(id));
    if (timeline.delivery.state == DeliveryState::pending) pending.push_back(id);
  }
  must(recovery().cancel(pending));
  cancelled_.insert(pending.begin(), pending.end());
}

void Life::recover_all() {
  const EndpointId endpoint = one_of(endpoints_).first;
  for (const auto& [event, expected] : events_) {
    const auto timeline = members().history().timeline({event, endpoint});
    if (!timeline) continue;
    const DeliveryState state = timeline->delivery.state;
    if (state != DeliveryState::dead && state != DeliveryState::missed) continue;
    begin_new_life({event, endpoint});
  }
  must(recovery().recover({.endpoint = endpoint, .before = {}}, std::nullopt,
                          [](std::int64_t) { return true; }));
}

// A webhook gets all that it subscribes to and has no delivery of.
void Life::backfill() {
  const auto& [id, endpoint] = one_of(endpoints_);
  must(recovery().record_unsent({.endpoint = id, .before = {}}, endpoint,
                                [](std::int64_t) { return true; }));
  for (auto& [event, expected] : events_) {
    const bool has_one = expected.queued.contains(id) || expected.missed.contains(id);
    const bool wants = endpoint.events.front() == "*" || expected.type.starts_with("project.");
    CHECK(members().history().timeline({event, id}).has_value() == wants);
    if (has_one || !wants) continue;
    CHECK(must(members().history().timeline({event, id})).delivery.state == DeliveryState::missed);
    expected.missed.insert(id);
  }
}

// ------------------------------------------------------------------------------- what is deleted

void Life::erase_some() {
  if (events_.empty()) return;
  const auto chosen = std::next(events_.begin(), pick(static_cast<int>(events_.size())));
  const EventId event = chosen->first;
  for (const auto* ids : {&chosen->second.queued, &chosen->second.missed}) {
    for (const EndpointId id : *ids) add_up(past_[id], figures_of({event, id}));
  }
  must(members().maintenance().erase({&event, 1}, {}));
  deleted_.insert(event);
  events_.erase(chosen);
}

void Life::prune() {
  if (one_in(3)) {
    const auto used = must(members().maintenance().database_size()).used;
    return prune_to({.age = {}, .size = used / 100 * (50 + dice_.bits(6))}, true);
  }
  if (one_in(2)) return prune_by_the_way();
  prune_to({.age = std::chrono::hours(1 + pick(24)), .size = {}}, true);
}

// As `run` and `deliver` do it: not while the clock is doubted.
void Life::prune_by_the_way() {
  if (must(is_clock_plausible(members().config(), machine_.clock))) {
    return prune_to({.age = std::chrono::hours(1 + pick(24)), .size = {}}, false);
  }
  CHECK_FALSE(synchronised_);
  CHECK(jumped_);
}

void Life::prune_to(const Retention& retention, bool by_hand) {
  std::map<EventId, std::map<EndpointId, EndpointStats>> figures;
  for (const auto& [event, expected] : events_) {
    for (const auto* ids : {&expected.queued, &expected.missed}) {
      for (const EndpointId id : *ids) figures[event][id] = figures_of({event, id});
    }
  }
  Pruner pruner = must(prune_by_hand(members().maintenance(), owner_, retention));
  const Instant now = machine_.clock.now();
  while (must(pruner.step(now.wall))) {
  }
  // As far as anybody can know, it is as old as it looks.
  const bool believed = by_hand || synchronised_ || now.steady - jumped_at_ >= probation;
  std::erase_if(events_, [&](const auto& entry) {
    const auto& [event, expected] = entry;
    if (members().history().event(event)) return false;
    for (const auto& [id, sum] : figures[event]) {
      CHECK(sum.pending == 0);
      add_up(past_[id], sum);
    }
    const Millis age = now.steady - expected.since_boot;
    if (retention.age && !(jumped_ && believed)) CHECK(age + tolerance >= *retention.age);
    deleted_.insert(event);
    return true;
  });
  for (auto* ids : {&acknowledged_, &duplicates_}) {
    std::erase_if(*ids, [&](const auto& entry) {
      if (members().requests().one(entry.first)) return false;
      CHECK_FALSE(open_.contains(entry.first));
      deleted_requests_.insert(entry.first);
      return true;
    });
  }
}

}  // namespace thig
