#include "tests/simulation/processes.h"

#include "tests/support/row_bounds.h"

namespace thig {
namespace {

// More turns than this without time passing is a spin.
constexpr int most_turns_at_once = 10'000;
// How often it is asked for who owns the queue, and for what is pending of requests.
constexpr Millis between_claims{20'000};
constexpr Millis server_tick{1'000};

}  // namespace

// By numbers alone: a transaction that may be cut after some time would make a life another one.
std::unique_ptr<Store> Machine::open() {
  auto store = must(open_sqlite_store({.file = database(),
                                       .key_file = dir.path("key"),
                                       .create = true,
                                       .owner_name = "ada",
                                       .bounds = cut_by_rows_alone(most_rows_at_once),
                                       .free_space_floor = 0,
                                       .ballast_size = 0},
                                      random));
  store->on_change([this] { bell(); });
  return store;
}

// ------------------------------------------------------------------------------------ deliveries

Dispatching::Dispatching(Machine& machine, const DispatchOptions& options, Behaviour behaviour,
                         Paces paces, Planted planted)
    : machine_(machine),
      options_(options),
      sender_(machine.clock),
      reader_(machine.clock),
      settler_(machine.clock),
      store_(machine.open()),
      queue_(store_->queue(), planted) {
  reader_.pace = std::move(paces.reading);
  reader_.changes = [&machine] { return machine.changes; };
  settler_.pace = std::move(paces.settling);
  sender_.behaviour = [this, behaviour = std::move(behaviour)](const SendRequest& request) {
    return behaviour(*this, request);
  };
}

bool Dispatching::claim() {
  auto owner = Ownership::take(machine_.database());
  if (!owner) {
    REQUIRE(owner.error().code == ErrorCode::busy);
    return false;
  }
  owner_ = std::move(*owner);
  owns_since_ = machine_.clock.now().wall;
  reader_.begin(store_->config(), queue_);
  settler_.begin(queue_);
  dispatcher_ = std::make_unique<Dispatcher>(queue_, reader_, settler_, sender_, machine_.random,
                                             options_, silent_);
  return true;
}

Millis Dispatching::turn() {
  const Instant now = machine_.clock.now();
  if (!owns() && now.steady < next_claim_) return next_claim_ - now.steady;
  if (!owns() && !claim()) {
    next_claim_ = now.steady + between_claims;
    return between_claims;
  }
  const Dispatcher::Turn turn = dispatcher_->step(now);
  // A sweep leaves the rest to the next one where the database goes on refusing.
  const bool gives_up = turn.fatal && sweeps() && turn.fatal->code == ErrorCode::busy;
  if (!gives_up) REQUIRE_MESSAGE(!turn.fatal, turn.fatal->text);
  done_ = gives_up || (sweeps() && dispatcher_->nothing_left());
  Millis next = turn.next;
  for (const auto& back : {sender_.next_back(), reader_.next_back(), settler_.next_back()}) {
    if (back) next = std::min(next, *back - now.steady);
  }
  turns_at_once_ = next > Millis{0} ? 0 : turns_at_once_ + 1;
  REQUIRE(turns_at_once_ < most_turns_at_once);
  return std::max(next, Millis{0});
}

void Dispatching::poke() {
  if (dispatcher_) dispatcher_->poke();
}

// -------------------------------------------------------------------------------------- requests

Serving::Serving(Machine& machine, OnEnded on_ended)
    : machine_(machine),
      on_ended_(std::move(on_ended)),
      recording_(machine.open()),
      acting_(machine.open()),
      health_(machine.clock, [] { FAIL("the database is called broken"); }),
      intake_(*recording_, machine.clock, machine.random, turns_, health_, *this,
              {.on_arrival = [this] { intake_.hand_over(); },
               .wake = [] {},
               .answer = [](const std::function<void()>& answers) { answers(); },
               .owns_actions = [this] { return worker_.owns_actions(); },
               .on_pending = [] {}}),
      hooks_(recording_->config(), recording_->incoming(), machine.clock,
             [](const Error& error) { FAIL(error.text); }),
      receiver_({.public_url = "https://hooks.example.com", .trusted_proxies = {}}, machine.clock,
                hooks_, intake_, health_),
      worker_(*acting_, machine.clock, machine.random, turns_, *this, [] {}) {}

void Serving::receive(HttpRequest request, const Respond& respond) {
  Admission admission = receiver_.admit(request);
  if (admission.refusal) return respond(std::move(*admission.refusal));
  request.subject = admission.subject;
  receiver_.handle(request, respond);
}

void Serving::record() {
  while (intake_.record()) {
  }
}

void Serving::act() {
  for (int steps = 0; must(worker_.step()); ++steps) REQUIRE(steps < most_turns_at_once);
  next_ = machine_.clock.now().steady + server_tick;
}

void Serving::act_a_little(int steps) {
  while (steps-- > 0 && must(worker_.step())) {
  }
}

void Serving::ended(const IncomingHook&, const IncomingRequest& request,
                    const ActionOutcome& outcome) {
  on_ended_(*this, request, outcome);
}

}  // namespace thig
