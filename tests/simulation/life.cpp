#include "tests/simulation/life.h"

#include "core/care/clock_watch.h"

#include <algorithm>

using namespace std::chrono_literals;

namespace thig {
namespace {

// A sweep that takes more turns than this has no end.
constexpr int most_turns = 20'000;
constexpr Millis tick{1'000};

const Error locked{ErrorCode::busy, "the database is locked", {}};

}  // namespace

Life::Life(std::uint64_t seed, Planted planted)
    : planted_(planted),
      dice_(seed * 2654435761u + 1),
      machine_(seed),
      members_(machine_.open()),
      most_in_flight_(one_in(4) ? 1 : 1 + static_cast<std::size_t>(dice_.bits(5))),
      settle_size_(1 + static_cast<std::size_t>(dice_.bits(6))),
      synchronised_(one_in(2)),
      prompt_store_(one_in(2)) {
  if (!synchronised_) machine_.clock.lose_synchronisation();
  must(trust_clock(members().config(), machine_.clock));
  members_->on_change([this] {
    ++machine_.changes;
    machine_.bell();
  });
  machine_.bell = [this] {
    for (const auto& process : dispatching_) {
      if (rings_) process->poke();
    }
  };
}

void Life::live() {
  const int at_first = 1 + pick(5);
  for (int i = 0; i < at_first; ++i) add_webhook();
  add_hooks();
  start_dispatching(false);
  start_serving();
  const int steps = 20 + pick(40);
  for (int i = 0; i < steps; ++i) step();
  // In the end everyone is well, and time enough passes for every retry.
  bad_percent_ = 0;
  well_ = true;
  run_for(11s);  // a 410 that is under way still disables
  for (const auto& [id, endpoint] : endpoints_) must(webhooks().enable(endpoint.name));
  see_setup();
  run_for(2h);
  check_all();
}

void Life::step() {
  static constexpr struct {
    int weight;
    void (Life::*what)();
  } kinds[] = {
      {6, &Life::emit_and_send},  {4, &Life::send_requests},
      {2, &Life::pass_time},      {1, &Life::fail_otherwise},
      {1, &Life::set_clock},      {1, &Life::kill_dispatching},
      {1, &Life::kill_serving},   {1, &Life::wait_beside},
      {1, &Life::sweep_together}, {1, &Life::turn_on_or_off},
      {2, &Life::change_webhook}, {1, &Life::apply_document},
      {1, &Life::retry_some},     {1, &Life::apply_wrong_document},
      {1, &Life::cancel_some},    {1, &Life::recover_all},
      {1, &Life::erase_some},     {1, &Life::erase_request},
      {1, &Life::replay_some},    {1, &Life::prune},
      {1, &Life::backfill},       {1, &Life::rotate_token},
  };
  int all = 0;
  for (const auto& kind : kinds) all += kind.weight;
  int chosen = pick(all);
  stir(true);
  for (const auto& kind : kinds) {
    chosen -= kind.weight;
    if (chosen >= 0) continue;
    (this->*kind.what)();
    break;
  }
  check_health();
}

void Life::pass_time() {
  run_for(Millis{1000LL * pick(4000)});
}

void Life::emit_and_send() {
  emit();
  run_for(Millis{pick(2000)});
}

void Life::fail_otherwise() {
  bad_percent_ = one_in(4) ? 100 : pick(100);
}

void Life::set_clock() {
  if (!one_in(3)) return;
  jumped_ = true;
  jumped_at_ = machine_.clock.now().steady;
  machine_.clock.jump(Millis{(one_in(2) ? 1 : -1) * 1000LL * pick(100'000)});
  prune_by_the_way();  // before anybody can know
}

// Whether the processes hear at once of what is committed, as by the bell.
void Life::stir(bool rings) {
  rings_ = rings;
}

// ------------------------------------------------------------------------------------- processes

DispatchOptions Life::options() {
  DispatchOptions options;
  options.max_in_flight = most_in_flight_;
  options.settle_size = settle_size_;
  return options;
}

void Life::start_dispatching(bool sweep) {
  DispatchOptions chosen = options();
  chosen.sweep = sweep;
  dispatching_.push_back(std::make_unique<Dispatching>(
      machine_, chosen,
      [this](const Dispatching& process, const SendRequest& request) {
        return reply(process, request);
      },
      Dispatching::Paces{.reading = [this] { return reading(); },
                         .settling = [this] { return recording(); }},
      planted_));
}

// A database that is locked now and then.
bool Life::refuses() {
  return !prompt_store_ && !well_ && one_in(40);
}

// What is recorded may be so before it is known, and a process may die in between.
FakeSettler::Pace Life::recording() {
  if (prompt_store_) return {};
  if (refuses()) return {.latency = Millis{pick(5'000)}, .refusal = locked};
  return {.latency = Millis{one_in(20) ? pick(5'000) : pick(60)},
          .records = one_in(2) ? FakeSettler::Records::at_once : FakeSettler::Records::at_the_end};
}

// What is read may be old when it is known.
FakeReader::Pace Life::reading() {
  if (prompt_store_) return {};
  if (refuses()) return {.latency = Millis{pick(5'000)}, .failure = locked};
  return {.latency = Millis{one_in(50) ? pick(2'000) : pick(20)},
          .reads = one_in(2) ? FakeReader::Reads::at_once : FakeReader::Reads::at_the_end};
}

void Life::start_serving() {
  serving_.push_back(std::make_unique<Serving>(
      machine_, [this](Serving& server, const IncomingRequest& request,
                       const ActionOutcome& outcome) { ended(server, request, outcome); }));
}

// What it had in memory is forgotten.
void Life::kill_at(std::size_t index) {
  check_width(*dispatching_[index]);
  note_unrecorded(*dispatching_[index]);
  dispatching_.erase(dispatching_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Life::kill_dispatching() {
  kill_at(static_cast<std::size_t>(pick(static_cast<int>(dispatching_.size()))));
  const bool runs = std::ranges::any_of(dispatching_, [](auto& one) { return !one->sweeps(); });
  if (!runs) start_dispatching(false);
}

void Life::kill_serving() {
  kill_server(static_cast<std::size_t>(pick(static_cast<int>(serving_.size()))));
}

void Life::kill_server(std::size_t index) {
  if (acting_ == serving_[index].get()) acting_ = nullptr;
  serving_.erase(serving_.begin() + static_cast<std::ptrdiff_t>(index));
  if (serving_.empty()) start_serving();
}

// Others that want the same: they take over when the one that has it dies.
void Life::wait_beside() {
  if (dispatching_.size() < 3) start_dispatching(one_in(2));
  if (serving_.size() < 2) start_serving();
}

// Nobody runs; several sweeps begin, as where cron starts them on two machines.
void Life::sweep_together() {
  while (!dispatching_.empty()) kill_at(0);
  for (int sweeps = 1 + pick(3); sweeps > 0; --sweeps) start_dispatching(true);
  int interferences = pick(6);
  for (int turns = 0; !dispatching_.empty(); ++turns) {
    REQUIRE(turns < most_turns);
    machine_.clock.advance(turn());
    if (interferences > 0 && one_in(8)) {
      --interferences;
      interfere();
    }
  }
  start_dispatching(false);
}

void Life::interfere() {
  static constexpr void (Life::*kinds[])() = {
      &Life::emit, &Life::change_webhook, &Life::cancel_some, &Life::retry_some, &Life::erase_some};
  check_health();
  stir(true);
  (this->*kinds[pick(std::size(kinds))])();
}

// ------------------------------------------------------------------------------------------ time

// Everyone does what there is to do now, in any order; answers how long until there is more.
Millis Life::turn() {
  Millis next = tick;
  act_on_requests(next);
  if (!dispatching_.empty()) rotate(dispatching_);
  for (const auto& process : dispatching_) next = std::min(next, process->turn());
  check_owners();
  for (std::size_t i = dispatching_.size(); i-- > 0;) {
    if (dispatching_[i]->done()) kill_at(i);
  }
  return next;
}

void Life::act_on_requests(Millis& next) {
  if (open_.empty()) return;
  rotate(serving_);
  for (std::size_t i = 0; i < serving_.size(); ++i) {
    Serving& server = *serving_[i];
    const Millis now = machine_.clock.now().steady;
    if (!recorded_ && server.next() > now) {
      next = std::min(next, server.next() - now);
      continue;
    }
    if (!well_ && one_in(30)) {  // it dies in the middle; another one goes on
      server.act_a_little(pick(3));
      know_raised();
      kill_server(i);
      next = Millis{0};
      return;
    }
    server.act();
    know_raised();
  }
  recorded_ = false;
}

void Life::run_for(Millis span) {
  const Millis end = machine_.clock.now().steady + span;
  for (;;) {
    const Millis next = turn();
    const Millis left = end - machine_.clock.now().steady;
    if (next > left) break;
    machine_.clock.advance(next);
    if (!well_ && one_in(400)) kill_dispatching();
  }
  machine_.clock.advance(end - machine_.clock.now().steady);
}

}  // namespace thig
