// The way in: what is accepted, who gets it, and batches.
#include "core/dispatch/batch.h"
#include "tests/support/remark_text.h"
#include "tests/support/world.h"

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
      {R"({"event":7})", "", "", "`event` is no text"},
      {R"({"event":"project.created","event":"prd.exported"})", "", "", "`event` is there twice"},
      {R"({"event":"project.created","data":1,"d\u0061ta":2})", "", "", "`data` is there twice"},
      // The data is the sender's: it goes through by its bytes.
      {R"({"event":"project.created","data":{"a":1,"a":"\ud800","n":1e999}})", "project.created",
       R"({"a":1,"a":"\ud800","n":1e999})", ""},
      {R"({"event":"x.y","dta":{}})", "", "", "`dta`"},
      {R"(["project.created"])", "", "", "not an object"},
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

  Result<std::vector<EventId>> accept(std::span<const NewEvent> events, Time now,
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

  Result<std::vector<EventId>> accept(std::span<const NewEvent> events, Time now,
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
  std::optional<Result<std::vector<EventId>>> kept_;
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
