// What all stores have in common, whatever they keep their rows in.
#include "core/store/arrivals.h"
#include "core/store/dispatcher_clock.h"
#include "core/store/figures.h"
#include "core/store/kept_delivery.h"
#include "core/store/recording.h"
#include "core/store/refusals.h"
#include "core/store/sealing.h"
#include "tests/support/store_samples.h"
#include "tests/support/temp_dir.h"

#include <filesystem>
#include <utility>

#include <doctest/doctest.h>

namespace thig {

namespace {

ArrivedRequest arrival(RequestState state) {
  ArrivedRequest arrived;
  arrived.request.state = state;
  arrived.request.body_size = 100;
  return arrived;
}

// Keeps its key check, and does at a commit what it was told to.
class FakeSealed final : public SealedDatabase {
 public:
  explicit FakeSealed(std::string name) : name_(std::move(name)) {}

  Result<std::string> read_key_check() override { return written_ ? *written_ : kept_; }
  Status write_key_check(std::string_view sealed) override {
    written_ = std::string(sealed);
    return {};
  }
  void before_commit(std::function<Status()> work) override { work_ = std::move(work); }
  bool has_work_before_commit() const override { return work_ != nullptr; }
  std::string name() const override { return name_; }
  FileOwner owner() const override { return FileOwner::self(); }
  std::string key_place() override { return place; }

  Status commit() {
    if (const auto work = std::exchange(work_, nullptr)) THIG_TRY(work());
    if (written_) kept_ = *std::exchange(written_, std::nullopt);
    return {};
  }
  void roll_back() {
    work_ = nullptr;
    written_.reset();
  }

  std::string place;  // of its key

 private:
  std::string name_;
  std::string kept_;
  std::optional<std::string> written_;
  std::function<Status()> work_;
};

}  // namespace

TEST_CASE("a request is a duplicate by any of its keys, unless all that was done has failed") {
  struct Row {
    RequestState asked;
    std::vector<SeenKey> keys;
    RequestState state;
    int starts;
  };
  const SeenKey acted_upon{};
  const SeenKey failed_twice{.has_failed = true, .starts = 2};
  const SeenKey failed_once{.has_failed = true, .starts = 1};
  for (const Row& row : {
           Row{RequestState::pending, {}, RequestState::pending, 0},
           Row{RequestState::pending, {acted_upon}, RequestState::duplicate, 0},
           Row{RequestState::pending, {failed_twice, failed_once}, RequestState::pending, 2},
           Row{RequestState::pending, {acted_upon, failed_once}, RequestState::duplicate, 1},
           Row{RequestState::pending, {failed_once, acted_upon}, RequestState::duplicate, 1},
           Row{RequestState::rejected, {acted_upon}, RequestState::rejected, 0},
       }) {
    CAPTURE(row.keys.size());
    SeenMessage seen;
    for (const SeenKey& key : row.keys) seen.add(key);
    CHECK(state_of(arrival(row.asked), seen) == row.state);
    CHECK(seen.starts == row.starts);
  }
}

TEST_CASE("failed requests hold no more than they may, but one always fits") {
  ArrivedRequest arrived = arrival(RequestState::pending);
  CHECK(has_room(arrived, 1'000'000));
  arrived.most_failed = 150;
  CHECK(has_room(arrived, 50));
  CHECK_FALSE(has_room(arrived, 51));
  arrived.most_failed = 99;
  CHECK(has_room(arrived, 0));
  CHECK_FALSE(has_room(arrived, 1));
}

TEST_CASE("arrivals are counted by what became of them") {
  ArrivalTally tally;
  for (const RequestState state : {RequestState::pending, RequestState::duplicate,
                                   RequestState::pending, RequestState::rejected}) {
    tally.add(state);
  }
  CHECK(tally.received == 2);
  CHECK(tally.duplicates == 1);
  CHECK(tally.rejected == 1);
  CHECK(tally.last == "rejected");
}

TEST_CASE("as many events are recorded at once as a transaction takes, at least one") {
  NewEvent large = sample_event({{1}, {2}, {3}});  // four rows
  large.missed = {{4}};                            // five
  const std::vector<NewEvent> events{large, sample_event({}), sample_event({{1}})};
  CHECK(first_of(events, 1).size() == 1);
  CHECK(first_of(events, 5).size() == 1);
  CHECK(first_of(events, 6).size() == 2);
  CHECK(first_of(events, 7).size() == 3);
  CHECK(first_of(events, 100).size() == 3);
  CHECK(first_of({}, 1).empty());

  const AddedByEndpoint added = count_added(events);
  CHECK(added.size() == 4);
  CHECK(added.at({1}).queued == 2);
  CHECK(added.at({4}).missed == 1);
}

TEST_CASE("a delivery is due at once, but not before its event's number") {
  const EventId id = first_event_id_at(noon);
  CHECK(first_due(id, noon + Millis{5}) == noon + Millis{5});
  CHECK(first_due(id, noon - Millis{5}) == noon);
}

TEST_CASE("the dispatcher's time goes on from where it was, and a clock that is right counts") {
  const DispatcherClock settled{.time = noon + 24 * hour, .wall = noon};
  CHECK(dispatcher_time_floor({0}, settled, noon) == noon + 24 * hour);
  CHECK(dispatcher_time_floor({0}, settled, noon + hour) == noon + 25 * hour);
  CHECK(dispatcher_time_floor({0}, settled, noon - hour) == noon + 24 * hour);
  CHECK(dispatcher_time_floor({0}, settled, noon + 24 * hour) == noon + 24 * hour);
  CHECK(dispatcher_time_floor(first_event_id_at(noon + 48 * hour), settled, noon) ==
        noon + 48 * hour);
  CHECK(dispatcher_time_floor({0}, {}, noon) == noon);
}

TEST_CASE("settlements add up by hour, latency and outcome, and the last attempt is told") {
  AttemptResult late{.id = {{2}, {1}}, .attempt = {}, .state = DeliveryState::delivered};
  late.attempt.started_at = noon + hour;
  late.attempt.duration = Millis{1};
  late.attempt.status = 200;
  AttemptResult early{.id = {{1}, {1}}, .attempt = {}, .state = DeliveryState::dead};
  early.attempt.started_at = noon;
  early.attempt.duration = Millis{1};
  early.attempt.error = "timeout: 15 s";

  ResultTally tally;
  tally.add(late);
  tally.add(early);
  tally.add(early);
  CHECK(tally.attempts.ok == 1);
  CHECK(tally.attempts.failed == 2);
  CHECK(tally.delivered == 1);
  CHECK(tally.dead == 2);
  CHECK(tally.last_outcome == "200");
  CHECK(tally.last_at == late.attempt.started_at);
  CHECK(tally.hours.attempts.size() == 2);
  CHECK(tally.hours.attempts.at({hour_of(noon), latency_bucket(Millis{1})}).failed == 2);
  CHECK(tally.hours.failures.size() == 1);
  CHECK(tally.hours.failures.at({hour_of(noon), "timeout"}) == 2);
}

TEST_CASE("what was attempted is put together by hour, and failures the most frequent first") {
  Activity activity;
  add_attempts(activity, noon, 3, {.ok = 1, .failed = 2});
  add_attempts(activity, noon, 4, {.ok = 1});
  add_attempts(activity, noon + hour, 3, {.failed = 1});
  CHECK(activity.hours == std::vector<HourCount>{{noon, 2, 2}, {noon + hour, 0, 1}});
  CHECK(activity.latency[3] == 4);
  CHECK(activity.latency[4] == 1);

  std::vector<FailureCount> failures;
  for (const char* outcome : {"503", "timeout", "dns", "timeout"}) {
    add_failures(failures, outcome, 1);
  }
  put_most_frequent_first(failures);
  CHECK(failures == std::vector<FailureCount>{{"timeout", 2}, {"503", 1}, {"dns", 1}});
}

TEST_CASE("an Owner has to be left") {
  CHECK(code_of(check_owner_left({})) == ErrorCode::conflict);
  const std::vector<Member> two{{.name = "ada", .role = Role::admin},
                                {.name = "bob", .role = Role::viewer}};
  CHECK(code_of(check_owner_left(two)) == ErrorCode::conflict);
  const std::vector<Member> owned{two[0], {.name = "eve", .role = Role::owner}};
  CHECK(check_owner_left(owned));
}

TEST_CASE("only what is kept whole runs again") {
  CHECK(check_runs_again({1}, RequestState::done, false));
  CHECK(check_runs_again({1}, RequestState::failed, false));
  CHECK(code_of(check_runs_again({1}, RequestState::done, true)) == ErrorCode::invalid);
  CHECK(code_of(check_runs_again({1}, RequestState::rejected, false)) == ErrorCode::invalid);
  CHECK(code_of(check_runs_again({1}, RequestState::duplicate, false)) == ErrorCode::invalid);
}

TEST_CASE("named deliveries are refused together, by the first of them") {
  const auto id = [](std::int64_t event) { return DeliveryId{{event}, {1}}; };
  CHECK(check_all_found({}));
  const std::vector<DeliveryId> missing{id(1), id(2), id(3), id(4), id(5)};
  const Error unknown = error_of(check_all_found(missing));
  CHECK(unknown.code == ErrorCode::not_found);
  CHECK(unknown.text.ends_with(to_text(id(3)) + " and 2 more"));

  std::vector<KeptDelivery> named{{.id = id(1)}, {.id = id(2), .state = DeliveryState::dead}};
  CHECK(check_no_test(named));
  CHECK(code_of(check_all_pending(named)) == ErrorCode::conflict);
  named[1].state = DeliveryState::test;
  CHECK(code_of(check_no_test(named)) == ErrorCode::conflict);
}

TEST_CASE("a part of a range says where the next begins") {
  const std::vector<KeptDelivery> rows{
      {.id = {{5}, {1}}, .state = DeliveryState::dead, .event_type = "a"},
      {.id = {{7}, {1}}, .state = DeliveryState::dead, .due_at = noon, .event_type = "a"}};
  EndedPart ended = ended_part_of(rows, 2);
  REQUIRE(ended.counts[{1}].size() == 1);
  CHECK(ended.counts[{1}][0].count == 2);
  CHECK(ended.rest == rows.back().id);
  CHECK_FALSE(ended_part_of(rows, 3).rest.has_value());
  REQUIRE(pending_part_of(rows, 2).rest.has_value());
  CHECK(pending_part_of(rows, 2).rest->event == EventId{7});
  CHECK_FALSE(pending_part_of(rows, 3).rest.has_value());
  CHECK(is_within({.first = {5}, .end = {7}}, {5}));
  CHECK_FALSE(is_within({.first = {5}, .end = {7}}, {7}));
}

TEST_CASE("a key is made with the first secret that is committed, and checked from then on") {
  TempDir dir;
  SeededRandom random{7};
  const std::string file = dir.path("key");
  FakeSealed database("hooks");
  Sealing sealing(database, file, random);

  get(sealing.seal("secret", "place"));
  database.roll_back();
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(code_of(sealing.check_key()) == ErrorCode::key);

  const std::string sealed = get(sealing.seal("secret", "place"));
  ok(database.commit());
  CHECK(std::filesystem::exists(file));
  CHECK(get(sealing.open(sealed, "place")) == "secret");
  CHECK(get(Sealing(database, file, random).open(sealed, "place")) == "secret");

  // Another installation's key in its place.
  const std::string other = dir.path("other");
  FakeSealed elsewhere("elsewhere");
  Sealing others(elsewhere, other, random);
  get(others.seal("x", "place"));
  ok(elsewhere.commit());
  const Error wrong = error_of(Sealing(database, other, random).check_key());
  CHECK(wrong.code == ErrorCode::key);
  CHECK(wrong.text.ends_with("is not the one that sealed the secrets of hooks"));
  // One that is lost is not replaced by a fresh one.
  std::filesystem::remove(file);
  CHECK(code_of(Sealing(database, file, random).seal("y", "place")) == ErrorCode::key);
  CHECK_FALSE(std::filesystem::exists(file));
}

}  // namespace thig
