// The way in: what is accepted, who gets it, and batches.
#include "core/dispatch/batch.h"
#include "tests/support/remark_text.h"
#include "tests/support/world.h"

#include <algorithm>
#include <utility>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("an event goes to every webhook that asked for it, and to no other") {
  World world;
  const Endpoint exact = world.add("exact", {"project.created"});
  const Endpoint family = world.add("family", {"project.*"});
  const Endpoint other = world.add("other", {"prd.*"});
  const Receipt receipt = world.emit("project.created");
  CHECK(receipt.queued == 2);
  CHECK(receipt.missed.empty());
  CHECK(world.delivery(receipt, exact).state == DeliveryState::pending);
  CHECK(world.delivery(receipt, family).state == DeliveryState::pending);
  CHECK_FALSE(world.store().history().timeline({receipt.id, other.id}));
}

TEST_CASE("what cannot be emitted is refused, and says why") {
  World world;
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  const struct {
    std::string type, data;
    ErrorCode code;
    std::string says, hints;
  } cases[] = {
      {"project.craeted", "{}", ErrorCode::not_found, "project.craeted", "project.created"},
      {"zzz", "{}", ErrorCode::not_found, "zzz", "thig-hooks events"},
      {"project.created", "{", ErrorCode::invalid, "JSON", ""},
      {"project.created", "{} {}", ErrorCode::invalid, "JSON", ""},
      {"project.created", "", ErrorCode::invalid, "JSON", ""},
      {"project.created", "\"\xff\"", ErrorCode::invalid, "JSON", "UTF-8"},
      {"project.created", "\"" + std::string(max_event_data, 'x') + "\"", ErrorCode::invalid,
       "1 MiB", ""},
      {"project.created", std::string(200, '[') + std::string(200, ']'), ErrorCode::invalid, "JSON",
       ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.type);
    CAPTURE(c.data.substr(0, 20));
    const EventDraft draft{.type = c.type, .data = c.data};
    const auto emitted = emitter.emit({&draft, 1});
    REQUIRE_FALSE(emitted);
    CHECK(emitted.error().code == c.code);
    CHECK(emitted.error().text.contains(c.says));
    CHECK(remark_text(emitted.error().hint).contains(c.hints));
  }
  CHECK(world.store().history().deliveries({})->empty());
}

TEST_CASE("who may emit what is decided here, for every way in") {
  const struct {
    Role role;
    bool ordinary;
    bool operational;
  } rows[] = {
      {Role::owner, true, true},
      {Role::admin, true, true},
      {Role::member, true, false},
      {Role::viewer, false, false},
  };
  for (const auto& row : rows) {
    CAPTURE(to_text(row.role));
    World world;
    Emitter emitter(world.store().config(), world.store().intake(), world.clock,
                    {.name = "eve", .role = row.role});
    const auto allowed = [&](const std::string& type) {
      const EventDraft draft{.type = type, .data = "{}"};
      const auto emitted = emitter.emit({&draft, 1});
      const auto preview = emitter.preview(draft);
      CHECK(emitted.has_value() == preview.has_value());
      if (!emitted) CHECK(emitted.error().code == ErrorCode::not_permitted);
      return emitted.has_value();
    };
    CHECK(allowed("project.created") == row.ordinary);
    CHECK(allowed("webhook.disabled") == row.operational);
    CHECK(allowed("incoming.received") == row.operational);

    // A batch tells it of the line, or refuses to begin.
    std::vector<bool> taken;
    BatchIntake batch(emitter, false,
                      [&](const LineResult& line) { taken.push_back(line.receipt.has_value()); });
    const Status first = batch.add(R"({"event":"webhook.disabled"})");
    CHECK(first.has_value() == row.ordinary);
    if (!first) continue;
    REQUIRE(batch.add(R"({"event":"project.created"})"));
    REQUIRE(batch.finish());
    CHECK(taken == std::vector<bool>{row.operational, true});
  }
}

TEST_CASE("a change of the configuration between two emits is noticed") {
  World world;
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  const EventDraft draft{.type = "project.created", .data = "{}"};
  CHECK(emitter.emit({&draft, 1})->front().queued == 0);
  world.add("crm");
  CHECK(emitter.emit({&draft, 1})->front().queued == 1);
  REQUIRE(world.webhooks().disable("crm", ""));
  CHECK(emitter.emit({&draft, 1})->front().missed.size() == 1);
}

TEST_CASE("a batch line is read strictly") {
  const struct {
    std::string line, type, data, says;
  } cases[] = {
      {R"({"event":"project.created","data":{"a":1.0}})", "project.created", R"({"a":1.0})", ""},
      {R"({"data": [1, 2] ,"event":"prd.exported"})", "prd.exported", "[1, 2]", ""},
      {R"({"event":"project.created"})", "project.created", "{}", ""},
      {R"({"event":"projec\u0074.created"})", "project.created", "{}", ""},
      {R"({"data":{}})", "", "", "`event` is missing"},
      {R"({"event":7})", "", "", "`event` must be a string"},
      {R"({"event":"project.created","event":"prd.exported"})", "", "", "duplicate member `event`"},
      {R"({"event":"project.created","data":1,"d\u0061ta":2})", "", "", "duplicate member `data`"},
      // The data is the sender's: it goes through by its bytes.
      {R"({"event":"project.created","data":{"a":1,"a":"\ud800","n":1e999}})", "project.created",
       R"({"a":1,"a":"\ud800","n":1e999})", ""},
      {R"({"event":"project.created","id":7})", "", "", "`id` must be a string"},
      {R"({"event":"project.created","id":""})", "", "", "1 to 255 printable ASCII"},
      {R"({"event":"project.created","id":"é"})", "", "", "1 to 255 printable ASCII"},
      {R"({"event":"project.created","id":"a","i\u0064":"a"})", "", "", "duplicate member `id`"},
      {R"({"event":"x.y","dta":{}})", "", "", "`dta`"},
      {R"(["project.created"])", "", "", "not a JSON object"},
      {R"({"event":"project.created")", "", "", "JSON"},
      {"hello", "", "", "JSON"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.line);
    const auto draft = parse_batch_line(c.line);
    if (c.says.empty()) {
      REQUIRE(draft);
      CHECK(draft->type == c.type);
      CHECK(draft->data == c.data);
    } else {
      REQUIRE_FALSE(draft);
      CHECK(draft.error().text.contains(c.says));
    }
  }
}

namespace {

struct BatchRun {
  std::vector<std::size_t> accepted, rejected;
  std::function<void(const LineResult&)> report() {
    return [this](const LineResult& result) {
      (result.receipt ? accepted : rejected).push_back(result.line);
    };
  }
};

// A store whose transactions take two events each, and of which one fails.
class TwoAtOnce final : public IntakeStore {
 public:
  explicit TwoAtOnce(IntakeStore& inner) : inner_(inner) {}

  Result<std::vector<Acceptance>> accept(std::span<const NewEvent> events, Time now,
                                         std::int64_t config_version, Portion portion,
                                         Given given) override {
    routed.push_back(events.size());
    if (routed.size() == fails_at) return fail(ErrorCode::busy, "the database is locked");
    if (portion == Portion::first) events = events.first(std::min<std::size_t>(events.size(), 2));
    return inner_.accept(events, now, config_version, portion, given);
  }

  std::vector<std::size_t> routed;  // events of each transaction, before it was cut
  std::size_t fails_at = 0;

 private:
  IntakeStore& inner_;
};

// A store whose answers are lost on the way: of what is recorded, or before it is.
class LosesAnswers final : public IntakeStore {
 public:
  explicit LosesAnswers(IntakeStore& inner) : inner_(inner) {}

  Result<std::vector<Acceptance>> accept(std::span<const NewEvent> events, Time now,
                                         std::int64_t config_version, Portion portion,
                                         Given given) override {
    givens.push_back(given);
    if (given == Given::first) kept_.reset();
    if (!kept_ && records) kept_ = inner_.accept(events, now, config_version, portion, given);
    if (losses-- > 0) return fail(ErrorCode::unavailable, "the connection was lost");
    return kept_ ? *kept_ : inner_.accept(events, now, config_version, portion, given);
  }

  bool records = true;
  int losses = 0;
  std::vector<Given> givens;

 private:
  IntakeStore& inner_;
  std::optional<Result<std::vector<Acceptance>>> kept_;
};

const std::string good_line = R"({"event":"project.created","data":{}})";

}  // namespace

TEST_CASE("an accept whose answer is lost is given again, and recorded once") {
  for (const bool records : {true, false}) {
    World world;
    const Endpoint crm = world.add("crm");
    LosesAnswers intake(world.store().intake());
    intake.records = records;
    Emitter emitter(world.store().config(), intake, world.clock, world.actor);
    const EventDraft draft{.type = "project.created", .data = "{}"};
    intake.losses = 2;
    const auto receipts = emitter.emit({&draft, 1});
    REQUIRE(receipts);
    CHECK(intake.givens == std::vector<Given>{Given::first, Given::again, Given::again});
    CHECK(world.stats(crm).pending == 1);
    CHECK(world.delivery(receipts->front(), crm).state == DeliveryState::pending);
  }
}

TEST_CASE("a database that stays away is an error that passes") {
  World world;
  const Endpoint crm = world.add("crm");
  LosesAnswers intake(world.store().intake());
  Emitter emitter(world.store().config(), intake, world.clock, world.actor);
  const EventDraft draft{.type = "project.created", .data = "{}"};
  intake.losses = 100;
  const auto receipts = emitter.emit({&draft, 1});
  REQUIRE_FALSE(receipts);
  CHECK(receipts.error().code == ErrorCode::unavailable);
  CHECK(passes(receipts.error().code));
}

TEST_CASE("broken lines of a batch are named, the others are accepted") {
  World world;
  world.add("crm");
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  BatchRun run;
  BatchIntake batch(emitter, false, run.report());
  for (const std::string& line : {good_line, std::string("{"), std::string(""), good_line,
                                  std::string(R"({"event":"no.such"})")}) {
    REQUIRE(batch.add(line));
  }
  CHECK(run.accepted.empty());  // nothing is said before the commit
  REQUIRE(batch.finish());
  CHECK(run.accepted == std::vector<std::size_t>{1, 4});
  CHECK(run.rejected == std::vector<std::size_t>{2, 5});
  CHECK(batch.accepted() == 2);
  CHECK(batch.rejected() == 2);
  CHECK(world.store().history().deliveries({})->size() == 2);
}

TEST_CASE("a pause of the input commits what is there") {
  World world;
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  BatchRun run;
  BatchIntake batch(emitter, false, run.report());
  REQUIRE(batch.add(good_line));
  REQUIRE(batch.pause());
  CHECK(run.accepted.size() == 1);
  for (int i = 0; i < 2500; ++i) REQUIRE(batch.add(good_line));
  CHECK(run.accepted.size() == 2001);
}

TEST_CASE("a group that is too much for one transaction is recorded in several, in order") {
  World world;
  world.add("crm");
  TwoAtOnce intake(world.store().intake());
  Emitter emitter(world.store().config(), intake, world.clock, world.actor);
  BatchRun run;
  BatchIntake batch(emitter, false, run.report());
  std::size_t lines = 0;
  const auto add = [&](const std::string& line) {
    REQUIRE(batch.add(line));
    ++lines;
  };
  for (int i = 0; i < 3; ++i) {
    add(good_line);
    add("{");
    add(good_line);
  }
  REQUIRE(batch.finish());
  CHECK(run.accepted == std::vector<std::size_t>{1, 3, 4, 6, 7, 9});
  CHECK(run.rejected == std::vector<std::size_t>{2, 5, 8});
  CHECK(intake.routed == std::vector<std::size_t>{6, 4, 2});

  // What is recorded stays so, and is told, when a later part fails.
  intake.fails_at = 5;
  for (int i = 0; i < 3; ++i) add(good_line);
  CHECK(batch.finish().error().code == ErrorCode::busy);
  CHECK(run.accepted == std::vector<std::size_t>{1, 3, 4, 6, 7, 9, 10, 11});
  CHECK(run.rejected == std::vector<std::size_t>{2, 5, 8, 12});
  CHECK(world.store().history().deliveries({})->size() == 8);

  BatchRun whole;
  BatchIntake atomic(emitter, true, whole.report());
  for (int i = 0; i < 5; ++i) REQUIRE(atomic.add(good_line));
  REQUIRE(atomic.finish());
  CHECK(intake.routed.back() == 5);
  CHECK(whole.accepted.size() == 5);
  CHECK(world.store().history().deliveries({})->size() == 13);
}

TEST_CASE("no more events are routed than one transaction takes rows") {
  World world;
  for (int i = 0; i < 99; ++i) world.add("w" + std::to_string(i));
  TwoAtOnce intake(world.store().intake());
  Emitter emitter(world.store().config(), intake, world.clock, world.actor);
  const std::vector<EventDraft> drafts(200, {.type = "project.created", .data = "{}"});
  CHECK(emitter.record(drafts, Portion::first)->size() == 2);
  CHECK(intake.routed == std::vector<std::size_t>{50});
}

TEST_CASE("an atomic batch with one broken line records nothing") {
  World world;
  world.add("crm");
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  for (const bool broken : {true, false}) {
    CAPTURE(broken);
    BatchRun run;
    BatchIntake batch(emitter, true, run.report());
    REQUIRE(batch.add(good_line));
    REQUIRE(batch.pause());
    if (broken) REQUIRE(batch.add("{"));
    REQUIRE(batch.add(good_line));
    const Status finished = batch.finish();
    CHECK(finished.has_value() == !broken);
    CHECK(run.accepted.size() == (broken ? 0 : 2));
    CHECK(run.rejected.size() == (broken ? 3 : 0));
    CHECK(world.store().history().deliveries({})->size() == (broken ? 0 : 2));
  }
}

// -------------------------------------------------------------------------- idempotency keys

namespace {

EventDraft with_key(std::string key, std::string data = "{}") {
  return {.type = "project.created", .data = std::move(data), .idempotency_key = std::move(key)};
}

bool same_receipt(const Receipt& one, const Receipt& other) {
  return one.id == other.id && one.type == other.type && one.at == other.at &&
         one.queued == other.queued && one.missed == other.missed;
}

}  // namespace

TEST_CASE("an event that is emitted again with its key gets the first receipt") {
  World world;
  const Endpoint crm = world.add("crm");
  world.add("off");
  REQUIRE(world.webhooks().disable("off", ""));
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  const EventDraft draft = with_key("order-1");
  const Receipt first = emitter.emit({&draft, 1})->front();
  CHECK_FALSE(first.duplicate);
  CHECK(first.queued == 1);
  CHECK(first.missed.size() == 1);

  // Also when the webhooks have changed, so that it is routed again.
  world.clock.advance(Millis{5000});
  world.add("late");
  const Receipt again = emitter.emit({&draft, 1})->front();
  CHECK(again.duplicate);
  CHECK(same_receipt(again, first));
  CHECK(world.stats(crm).pending == 1);
  CHECK(world.store().history().deliveries({})->size() == 2);

  world.clock.advance(idempotency_period);
  const Receipt next_day = emitter.emit({&draft, 1})->front();
  CHECK_FALSE(next_day.duplicate);
  CHECK(next_day.id != first.id);
  CHECK(next_day.queued == 2);
}

TEST_CASE("a key that was used for something else is an error of its own kind") {
  World world;
  const Endpoint crm = world.add("crm");
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  const EventDraft draft = with_key("order-1", R"({"n":1})");
  const Receipt first = emitter.emit({&draft, 1})->front();
  EventDraft other_type = draft;
  other_type.type = "project.updated";
  for (const EventDraft& other : {with_key("order-1", R"({"n": 1})"), other_type}) {
    const auto refused = emitter.emit({&other, 1});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::idempotency_mismatch);
    CHECK(refused.error().text.contains("'order-1'"));
    CHECK(refused.error().text.contains(to_text(first.id)));
    CHECK_FALSE(refused.error().hint.empty());
  }
  CHECK(world.stats(crm).pending == 1);

  // With it none of the others is recorded.
  const EventDraft both[] = {with_key("order-2"), with_key("order-1")};
  CHECK(emitter.emit(both).error().code == ErrorCode::idempotency_mismatch);
  const auto results = emitter.record(both, Portion::all);
  REQUIRE(results);
  CHECK((*results)[0].error().code == ErrorCode::conflict);
  CHECK((*results)[1].error().code == ErrorCode::idempotency_mismatch);
  CHECK(world.stats(crm).pending == 1);
}

TEST_CASE("the bytes of type and data are told apart") {
  CHECK(content_hash("a", "bc") != content_hash("ab", "c"));
  CHECK(content_hash("a", "b") == content_hash("a", "b"));
  CHECK(content_hash("a", "b").size() == 32);
}

TEST_CASE("an idempotency key is short, printable and not blank") {
  World world;
  world.add("crm");
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  for (const std::string& good : {std::string("k"), std::string(255, 'k'), std::string(" ~")}) {
    CHECK(check_idempotency_key(good));
    const EventDraft draft = with_key(good);
    CHECK(emitter.emit({&draft, 1}));
  }
  for (const std::string& bad :
       {std::string(), std::string(256, 'k'), std::string("   "), std::string("a\tb"),
        std::string("a\x7f"), std::string("\xc3\xa9"), std::string("a\0b", 3)}) {
    CAPTURE(bad);
    const EventDraft draft = with_key(bad);
    for (const Error& error : {emitter.emit({&draft, 1}).error(), emitter.preview(draft).error()}) {
      CHECK(error.code == ErrorCode::invalid);
      CHECK_FALSE(error.hint.empty());
    }
  }
  CHECK(world.store().history().deliveries({})->size() == 3);
}

TEST_CASE("a keyed accept whose answer is lost is no duplicate of itself") {
  World world;
  const Endpoint crm = world.add("crm");
  LosesAnswers intake(world.store().intake());
  Emitter emitter(world.store().config(), intake, world.clock, world.actor);
  const EventDraft draft = with_key("order-1");
  intake.losses = 2;
  const Receipt first = emitter.emit({&draft, 1})->front();
  CHECK_FALSE(first.duplicate);
  CHECK(intake.givens.back() == Given::again);

  // Where the answer stays away for good, whoever emits it once more learns what happened to it.
  const EventDraft lost = with_key("order-2");
  intake.losses = 4;
  CHECK(emitter.emit({&lost, 1}).error().code == ErrorCode::unavailable);
  const Receipt found = emitter.emit({&lost, 1})->front();
  CHECK(found.duplicate);
  CHECK(found.queued == 1);
  CHECK(world.stats(crm).pending == 2);
}

TEST_CASE("at the limit of keys only what has none, or is known, comes in") {
  World world;
  const Endpoint crm = world.add("crm");
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor, 0);
  const EventDraft first = with_key("order-1");
  const EventDraft second = with_key("order-2");
  const EventDraft none{.type = "project.created", .data = "{}"};
  REQUIRE(emitter.emit({&first, 1}));
  const auto refused = emitter.emit({&second, 1});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::full);
  CHECK(refused.error().text.contains("nothing was recorded"));
  CHECK(remark_text(refused.error().hint).contains("max-size"));
  CHECK(emitter.emit({&first, 1})->front().duplicate);
  REQUIRE(emitter.emit({&none, 1}));
  CHECK(world.stats(crm).pending == 2);
}

TEST_CASE("of a batch, what was recorded before is told, and a mismatch is its line's error") {
  World world;
  const Endpoint crm = world.add("crm");
  Emitter emitter(world.store().config(), world.store().intake(), world.clock, world.actor);
  const std::string lines[] = {R"({"event":"project.created","id":"a"})",
                               R"({"event":"project.created","id":"a"})",
                               R"({"event":"project.created","id":"a","data":1})", good_line,
                               R"({"event":"project.created","id":"b"})"};
  std::vector<LineResult> results;
  const auto run = [&](bool atomic) {
    results.clear();
    BatchIntake batch(emitter, atomic, [&](const LineResult& line) { results.push_back(line); });
    for (const std::string& line : lines) REQUIRE(batch.add(line));
    const Status finished = batch.finish();
    REQUIRE(results.size() == 5);
    CHECK(batch.accepted() + batch.duplicates() + batch.rejected() == 5);
    return std::pair(finished.has_value(), batch.accepted());
  };
  const auto mismatches = [&] {
    return std::ranges::count_if(results, [](const LineResult& line) {
      return !line.receipt && line.receipt.error().code == ErrorCode::idempotency_mismatch;
    });
  };

  CHECK(run(true) == std::pair(false, std::size_t{0}));
  CHECK(world.stats(crm).pending == 0);
  CHECK(mismatches() == 1);
  CHECK(results[2].receipt.error().code == ErrorCode::idempotency_mismatch);
  CHECK(results[0].receipt.error().text.contains("1 of 5 lines"));

  CHECK(run(false) == std::pair(true, std::size_t{3}));
  CHECK(mismatches() == 1);
  CHECK_FALSE(results[0].receipt->duplicate);
  CHECK(results[1].receipt->duplicate);
  CHECK(results[1].receipt->id == results[0].receipt->id);
  CHECK_FALSE(results[2].receipt);
  CHECK_FALSE(results[3].receipt->duplicate);
  CHECK_FALSE(results[4].receipt->duplicate);

  // Once more, only the line without a key is another event.
  const EventId first = results[0].receipt->id;
  CHECK(run(false) == std::pair(true, std::size_t{1}));
  CHECK(results[0].receipt->duplicate);
  CHECK(results[0].receipt->id == first);
  CHECK(results[4].receipt->duplicate);
  CHECK(world.stats(crm).pending == 4);
}
