#include "tests/support/world.h"

#include "core/store/sqlite/sqlite_store.h"
#include "tests/support/row_bounds.h"

#include <cstdlib>
#include <stdexcept>

namespace thig {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// More turns than this without time passing is a spin.
constexpr int most_turns_at_once = 10'000;

}  // namespace

World::World(std::uint64_t seed, const DispatchOptions& options)
    : random_(seed), options_(options) {
  if (std::getenv("THIG_TEST_LATE_SETTLING") != nullptr) {
    settler.pace = [] {
      return FakeSettler::Pace{.latency = Millis{15}, .records = FakeSettler::Records::at_the_end};
    };
    reader.pace = [] { return FakeReader::Pace{.latency = Millis{3}}; };
  }
  store_ = open_store(most_rows_at_once);
  start_dispatcher(options_);
}

World::~World() = default;

// By rows alone: what is cut after some time is cut elsewhere on a slow machine.
std::unique_ptr<Store> World::open_store(std::size_t rows) {
  auto store = must(open_sqlite_store({.file = dir_.path("hooks.db"),
                                       .key_file = dir_.path("key"),
                                       .create = true,
                                       .owner_name = "ada",
                                       .bounds = cut_by_rows_alone(rows),
                                       .free_space_floor = 0},
                                      random_));
  store->on_change([this] {
    if (rings && dispatcher_) dispatcher_->poke();
  });
  return store;
}

std::unique_ptr<Store> World::store_that_takes(std::size_t rows) {
  return open_store(rows);
}

void World::start_dispatcher(const DispatchOptions& options) {
  reader.begin(store_->config(), store_->queue());
  settler.begin(store_->queue());
  dispatcher_ = std::make_unique<Dispatcher>(store_->queue(), reader, settler, sender, random_,
                                             options, ledger);
}

Webhooks World::webhooks() {
  return {store_->config(), clock, random_, {.name = "ada", .role = Role::owner}};
}

Recovery World::recovery() {
  return {store_->recovery(), store_->queue(), clock, {.name = "ada", .role = Role::owner}};
}

WebhookDraft World::draft(const std::string& name, std::vector<std::string> events) {
  WebhookDraft draft;
  draft.settings.name = name;
  draft.settings.url = "https://example.com/" + name;
  draft.settings.events = std::move(events);
  draft.settings.retry = {Millis{170'000}, Millis{680'000}, Millis{2'720'000}};
  return draft;
}

Endpoint World::add(const std::string& name, std::vector<std::string> events) {
  return add(draft(name, std::move(events)));
}

Endpoint World::add(const WebhookDraft& draft) {
  return must(webhooks().add(draft)).endpoint;
}

Receipt World::emit(const std::string& type, const std::string& data) {
  Emitter emitter(store_->config(), store_->intake(), clock, actor);
  const EventDraft draft{.type = type, .data = data};
  return must(emitter.emit({&draft, 1})).front();
}

void World::run_for(Millis span) {
  const Millis end = clock.now().steady + span;
  int turns_at_once = 0;
  for (;;) {
    const Dispatcher::Turn turn = dispatcher_->step(clock.now());
    if (turn.fatal) throw std::runtime_error("fatal: " + turn.fatal->text);
    const Millis now = clock.now().steady;
    Millis next = std::min(turn.next, end - now);
    if (const auto back = next_back()) next = std::min(next, *back - now);
    if (next <= Millis{0}) {
      if (now >= end && (!next_back() || *next_back() > now)) return;
      if (++turns_at_once > most_turns_at_once) throw std::runtime_error("the dispatcher spins");
      continue;
    }
    turns_at_once = 0;
    clock.advance(next);
  }
}

std::optional<Millis> World::next_back() const {
  std::optional<Millis> next;
  for (const auto& back : {sender.next_back(), reader.next_back(), settler.next_back()}) {
    if (back) next = std::min(next.value_or(*back), *back);
  }
  return next;
}

void World::crash() {
  sender.forget();
  dispatcher_.reset();
  store_.reset();
  store_ = open_store(most_rows_at_once);
  start_dispatcher(options_);
}

void World::pass(const Dispatcher::Turn& turn, Millis longest) {
  Millis next = std::min(turn.next, longest);
  if (const auto back = next_back()) next = std::min(next, *back - clock.now().steady);
  clock.advance(std::max(next, Millis{0}));
}

void World::sweep() {
  DispatchOptions options = options_;
  options.sweep = true;
  start_dispatcher(options);
  for (int turns = 0; turns < most_turns_at_once; ++turns) {
    const Dispatcher::Turn turn = dispatcher_->step(clock.now());
    if (turn.fatal) throw std::runtime_error("fatal: " + turn.fatal->text);
    if (dispatcher_->nothing_left()) return start_dispatcher(options_);
    pass(turn);
  }
  throw std::runtime_error("the sweep does not end");
}

Delivery World::delivery(const Receipt& receipt, const Endpoint& endpoint) {
  return must(store_->history().timeline({receipt.id, endpoint.id})).delivery;
}

EndpointStats World::stats(const Endpoint& endpoint) {
  for (const EndpointStats& stats : must(store_->statistics().stats({}))) {
    if (stats.id == endpoint.id) return stats;
  }
  throw std::runtime_error("no figures of " + endpoint.name);
}

Endpoint World::endpoint(const std::string& name) {
  return must(store_->config().find_endpoint(name));
}

}  // namespace thig
