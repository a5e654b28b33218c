// A disk that is full or breaks: nothing is acknowledged that is not there.
#include "core/store/sqlite/ballast.h"
#include "core/store/sqlite/failure.h"
#include "tests/store/faulty_vfs.h"
#include "tests/store/sqlite_place.h"

#include <filesystem>

namespace thig {

namespace {

// What a run was told has happened.
struct Acknowledged {
  std::vector<EventId> accepted;
  std::vector<DeliveryId> delivered;
};

// Events come in, are delivered, and a webhook is added and changed, until an error ends it.
Status run_script(SqlitePlace& place, Acknowledged& done) {
  THIG_TRY_ASSIGN(opened, place.try_open());
  Store& store = *opened;
  for (int round = 0; round < 6; ++round) {
    THIG_TRY_ASSIGN(version, store.config().config_version());
    const std::vector<NewEvent> events(8, sample_event({{1}}));
    THIG_TRY_ASSIGN(accepted, store.intake().accept(events, noon, version));
    for (const Acceptance& one : accepted) done.accepted.push_back(one.id);

    THIG_TRY_ASSIGN(
        rows, store.queue().read_due({.endpoint = {1}, .after = {}, .limit = 3}, noon + hour));
    SettleBatch batch;
    for (const QueuedDelivery& row : rows) {
      batch.deliveries.push_back(settled(row, good_attempt(1), DeliveryState::delivered));
    }
    THIG_TRY(store.queue().settle(batch, noon));
    for (const QueuedDelivery& row : rows) done.delivered.push_back(row.id);
    if (round == 2) {
      THIG_TRY(
          store.config().add_endpoint(sample_endpoint("second", 2), sample_secret(), noon, {}));
    }
  }
  return store.config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::member, "",
                                           noon, {});
}

void check_kept(SqlitePlace& place, const Acknowledged& done) {
  const auto store = place.open();
  bool all_there = true;
  for (const EventId id : done.accepted)
    all_there = all_there && store->history().event(id).has_value();
  CHECK(all_there);
  bool all_delivered = true;
  for (const DeliveryId id : done.delivered) {
    const auto timeline = store->history().timeline(id);
    all_delivered =
        all_delivered && timeline && timeline->delivery.state == DeliveryState::delivered;
  }
  CHECK(all_delivered);
  const EndpointStats stats = stats_of(*store, {1});
  CHECK(stats.pending == static_cast<std::int64_t>(all_due(*store, {1}).size()));
  CHECK(stats.attempts_ok == stats.delivered);
  RawDatabase raw(place.options.file);
  CHECK(raw.ask("PRAGMA integrity_check") == "ok");
}

}  // namespace

TEST_CASE("whichever call to the disk fails, nothing acknowledged is lost") {
  struct Kind {
    std::string name;
    FileCall call;
    int code;
    bool for_ever;
  };
  const Kind kinds[] = {
      {"write full", FileCall::write, SQLITE_FULL, false},
      {"write full forever", FileCall::write, SQLITE_FULL, true},
      {"write error", FileCall::write, SQLITE_IOERR_WRITE, false},
      {"write error forever", FileCall::write, SQLITE_IOERR_WRITE, true},
      {"sync error", FileCall::sync, SQLITE_IOERR_FSYNC, false},
      {"sync error forever", FileCall::sync, SQLITE_IOERR_FSYNC, true},
  };
  SqlitePlace model;
  { add_sample(*model.open(), "first", 1); }
  for (const Kind& kind : kinds) {
    int failures = 0;
    for (int n = 0;; n += kind.call == FileCall::write ? 3 : 1) {
      SqlitePlace place;
      std::filesystem::copy(model.dir.path(), place.dir.path(),
                            std::filesystem::copy_options::recursive);
      Acknowledged done;
      int calls = 0;
      bool failed = false;
      const auto fault = [&](FileCall call, std::string_view) {
        if (call != kind.call) return SQLITE_OK;
        const bool hit = kind.for_ever ? calls >= n : calls == n;
        ++calls;
        failed = failed || hit;
        return hit ? kind.code : SQLITE_OK;
      };
      Status ended;
      {
        const FaultyVfs vfs(fault);
        ended = run_script(place, done);
      }
      CAPTURE(kind.name);
      CAPTURE(n);
      if (!failed) {
        ok(ended);
        CHECK(done.accepted.size() == 48);
        CHECK(done.delivered.size() == 18);
        break;
      }
      failures += ended ? 0 : 1;
      if (!ended) CHECK(ended.error().code != ErrorCode::internal);
      check_kept(place, done);
    }
    CHECK_MESSAGE(failures > 0, kind.name);
  }
}

TEST_CASE("after a failed fsync the connection refuses further work") {
  SqlitePlace place;
  { add_sample(*place.open(), "crm", 1); }
  bool broken = false;
  const FaultyVfs vfs([&](FileCall call, std::string_view) {
    return call == FileCall::sync && broken ? SQLITE_IOERR_FSYNC : SQLITE_OK;
  });
  const auto store = place.open();
  const NewEvent event = sample_event({{1}});
  const auto version = get(store->config().config_version());
  broken = true;
  const Error error = error_of(store->intake().accept({&event, 1}, noon, version));
  CHECK(error.code == ErrorCode::database);
  CHECK(error.text.find(place.options.file) != std::string::npos);
  broken = false;
  CHECK(code_of(store->intake().accept({&event, 1}, noon, version)) == ErrorCode::database);
  CHECK(code_of(store->config().endpoints()) == ErrorCode::database);
  CHECK(code_of(store->queue().data_version()) == ErrorCode::database);
  // It has let go of the lock all the same.
  CHECK(place.open()->intake().accept({&event, 1}, noon, version).has_value());
}

TEST_CASE("a full disk refuses and recovers") {
  SqlitePlace place;
  bool full = false;
  const FaultyVfs vfs([&](FileCall call, std::string_view) {
    return call == FileCall::write && full ? SQLITE_FULL : SQLITE_OK;
  });
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  emit(*store, sample_event({{1}}));
  const auto row = all_due(*store, {1}).at(0);

  full = true;
  const NewEvent event = sample_event({{1}});
  const auto version = get(store->config().config_version());
  CHECK(code_of(store->intake().accept({&event, 1}, noon, version)) == ErrorCode::full);
  CHECK(code_of(settle_one(*store, settled(row, good_attempt(1), DeliveryState::delivered))) ==
        ErrorCode::full);
  CHECK(code_of(store->config().add_endpoint(sample_endpoint("erp", 2), sample_secret(), noon,
                                             {})) == ErrorCode::full);
  CHECK(all_due(*store, {1}).size() == 1);

  full = false;
  ok(settle_one(*store, settled(row, good_attempt(1), DeliveryState::delivered)));
  CHECK(store->intake().accept({&event, 1}, noon, version).has_value());
  CHECK(stats_of(*store, {1}).delivered == 1);
  CHECK(get(store->config().endpoints()).size() == 1);
}

TEST_CASE("results are recorded into the ballast, which comes back with the space") {
  SqlitePlace place;
  place.options.ballast_size = 64 * 1024;
  const std::string ballast = place.options.file + ".ballast";
  bool full = false;
  const FaultyVfs vfs([&](FileCall call, std::string_view) {
    return call == FileCall::write && full && std::filesystem::exists(ballast) ? SQLITE_FULL
                                                                               : SQLITE_OK;
  });
  const auto store = place.open();
  add_sample(*store, "crm", 1);
  for (int i = 0; i < 3; ++i) emit(*store, sample_event({{1}}));
  const auto rows = all_due(*store, {1});
  CHECK(std::filesystem::remove(ballast));  // made with the first event

  const auto deliver = [&](std::size_t i, Time now) {
    return settle_one(*store, settled(rows[i], good_attempt(1), DeliveryState::delivered), now);
  };
  ok(deliver(0, noon));
  CHECK(std::filesystem::file_size(ballast) == place.options.ballast_size);
  full = true;
  ok(deliver(1, noon + second));
  CHECK_FALSE(std::filesystem::exists(ballast));
  full = false;
  ok(deliver(2, noon + minute));
  CHECK(std::filesystem::exists(ballast));
  CHECK(stats_of(*store, {1}).delivered == 3);
}

TEST_CASE("ballast is only held while there is space beside it") {
  TempDir dir;
  const std::string database = dir.path("hooks.db");
  sqlite::Ballast none(database, 0, 0);
  CHECK_FALSE(none.reserve());
  sqlite::Ballast greedy(database, 4'096, std::uint64_t{1} << 60);
  CHECK_FALSE(greedy.reserve());
  CHECK_FALSE(greedy.release());
  sqlite::Ballast modest(database, 4'096, 0);
  CHECK(modest.reserve());
  CHECK(modest.reserve());
  CHECK(std::filesystem::file_size(database + ".ballast") == 4'096);
  CHECK(modest.release());
  CHECK_FALSE(modest.release());
}

TEST_CASE("intake stops at the floor of free space, settling does not") {
  SqlitePlace place;
  EventId id;
  RequestId request;
  {
    const auto store = place.open();
    add_sample(*store, "crm", 1);
    id = emit(*store, sample_event({{1}}));
    add_sample_incoming(*store, "in", 2);
    request = receive_one(*store, sample_request({2})).id;
  }
  place.options.free_space_floor = std::uint64_t{1} << 60;
  const auto store = place.open();
  const NewEvent event = sample_event({{1}});
  const Error error =
      error_of(store->intake().accept({&event, 1}, noon, get(store->config().config_version())));
  CHECK(error.code == ErrorCode::full);
  CHECK(error.text.find(place.options.file) != std::string::npos);
  ok(settle_one(*store,
                settled(all_due(*store, {1}).at(0), good_attempt(1), DeliveryState::delivered)));
  CHECK(get(store->history().timeline({id, {1}})).delivery.state == DeliveryState::delivered);

  const ArrivedRequest arrived = sample_request({2});
  CHECK(code_of(store->requests().receive({&arrived, 1}, noon)) == ErrorCode::full);
  CHECK(get(store->requests().list({})).size() == 1);
  finish_one(*store, request);
  CHECK(get(store->requests().one(request)).state == RequestState::done);
}

TEST_CASE("requests that a full disk refuses leave nothing behind, nor do their actions") {
  SqlitePlace place;
  bool full = false;
  const FaultyVfs vfs([&](FileCall call, std::string_view file) {
    return full && call == FileCall::write && file.ends_with("-wal") ? SQLITE_FULL : SQLITE_OK;
  });
  const auto store = place.open();
  add_sample_incoming(*store, "in", 2);
  std::vector<ArrivedRequest> batch(2, sample_request({2}));
  batch[0].outcome = ActionOutcome{
      .detail = "made",
      .effects = {.project = sample_project(1, "made"), .note = std::nullopt, .events = {}}};
  const auto version = get(store->config().config_version());
  full = true;
  CHECK(code_of(store->requests().receive(batch, noon, version)) == ErrorCode::full);
  full = false;
  CHECK(get(store->requests().list({})).empty());
  CHECK(get(store->requests().projects(10)).empty());
  CHECK(incoming_stats_of(*store, {2}).received == 0);
  const auto received = get(store->requests().receive(batch, noon, version));
  CHECK(received[0].ended);
  CHECK(received[1].pending);
}

TEST_CASE("each of SQLite's failures has its kind") {
  struct Row {
    int code;
    int os_error;
    ErrorCode kind;
    bool fatal;
  };
  const Row rows[] = {
      {SQLITE_BUSY, 0, ErrorCode::busy, false},
      {SQLITE_BUSY_RECOVERY, 0, ErrorCode::busy, false},
      {SQLITE_PROTOCOL, 0, ErrorCode::busy, false},
      {SQLITE_FULL, 0, ErrorCode::full, false},
      {SQLITE_IOERR_SHMSIZE, ENOSPC, ErrorCode::full, false},
      {SQLITE_IOERR_WRITE, EDQUOT, ErrorCode::full, false},
      {SQLITE_IOERR_WRITE, EIO, ErrorCode::database, true},
      {SQLITE_IOERR_FSYNC, ENOSPC, ErrorCode::database, true},
      {SQLITE_IOERR_READ, EIO, ErrorCode::database, true},
      {SQLITE_READONLY, 0, ErrorCode::file, false},
      {SQLITE_CANTOPEN, EACCES, ErrorCode::file, false},
      {SQLITE_NOTADB, 0, ErrorCode::database, false},
      {SQLITE_CORRUPT, 0, ErrorCode::database, false},
      {SQLITE_CONSTRAINT_UNIQUE, 0, ErrorCode::database, false},
      // What this process lacks passes, and says nothing of the file.
      {SQLITE_NOMEM, 0, ErrorCode::busy, false},
      {SQLITE_CANTOPEN, EMFILE, ErrorCode::busy, false},
      {SQLITE_IOERR_WRITE, EFBIG, ErrorCode::full, false},
  };
  for (const Row& row : rows) {
    const auto failure = sqlite::describe_failure(row.code, row.os_error, "detail", "/x/hooks.db");
    CHECK_MESSAGE(failure.error.code == row.kind, "code ", row.code);
    CHECK_MESSAGE(failure.fatal == row.fatal, "code ", row.code);
    CHECK(failure.error.text.find("/x/hooks.db") != std::string::npos);
  }
}

}  // namespace thig
