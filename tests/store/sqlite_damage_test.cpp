// Files that were cut, changed or crafted: errors, never anything worse.
#include "core/base/hmac.h"
#include "tests/store/sqlite_place.h"

#include <algorithm>
#include <filesystem>

namespace thig {

namespace {

// Requests that are pending and that have ended, with a project and a note.
void fill_incoming(Store& store) {
  IncomingHook hook = sample_incoming("in", 3);
  hook.action.kind = ActionKind::run;
  hook.action.command = {"/bin/true"};
  hook.action.fields = {
      {.field = "f", .value = {.source = ValueSource::pointer, .text = "/x"}, .fallback = "y"}};
  hook.action.conditions = {
      {.value = {.source = ValueSource::header, .text = "x"}, .is_regex = false, .expected = "y"}};
  hook.allowed_addresses = {"192.0.2.0/24"};
  hook.content_types = {"text/plain"};
  ok(store.incoming().add(hook, sample_secret("token"), sample_secret("secret"), noon, {}));
  for (int i = 0; i < 10; ++i) receive_one(store, sample_request({3}, {std::to_string(i)}));
  const ActionEffects effects{
      .project = Project{.id = {5},
                         .name = "made",
                         .status = "",
                         .description = "",
                         .source = "in",
                         .created_at = noon},
      .note = Note{.id = {6}, .project = {5}, .text = "x", .source = "in", .created_at = noon},
      .events = {}};
  const auto pending = get(store.requests().pending_of({3}, 1));
  finish_one(store, pending.at(0).id, RequestState::done, effects);
  ok(store.config().put_setting("public-url", "https://x.example.com"));
}

// A session, and a code that is not redeemed yet.
void fill_sessions(Store& store) {
  const LoginCode code{.member = "ada", .created_at = noon, .expires_at = noon + hour};
  for (const char c : {'1', '2'}) ok(store.sessions().add_code(code, std::string(32, c)));
  const Session session{.id = {7},
                        .member = {},
                        .client = "curl",
                        .created_at = noon,
                        .expires_at = noon + hour,
                        .last_used_at = noon};
  REQUIRE(get(store.sessions().redeem(std::string(32, '1'), session, std::string(32, 's'))));
}

// A database with something in every table that is ever read.
void fill(SqlitePlace& place) {
  const auto store = place.open();
  for (const std::int64_t id : {1, 2}) add_sample(*store, "w" + std::to_string(id), id);
  for (int i = 0; i < 40; ++i) emit(*store, sample_event({{1}, {2}}, {}), noon + i * second);
  emit(*store, sample_event({}, {{1}}));
  emit(*store, keyed_event("order-1", "{}", {}, {{1}}));
  SettleBatch batch;
  const auto rows = all_due(*store, {1});
  for (std::size_t i = 0; i < 20; ++i) {
    batch.deliveries.push_back(settled(rows[i], failed_attempt(1),
                                       i % 2 == 0 ? DeliveryState::pending : DeliveryState::dead,
                                       noon + hour));
  }
  batch.endpoints.push_back({{1}, {3, noon, true, 3, noon + hour, minute, 1}, {}, ""});
  ok(store->queue().settle(batch, noon));
  fill_incoming(*store);
  fill_sessions(*store);
  RawDatabase raw(place.options.file);
  raw.run("INSERT INTO event_type VALUES ('order.paid', 'Order', 'An order is paid', '{}')");
}

// Asks for everything and writes a little; the kinds of error that came.
class Exercise {
 public:
  explicit Exercise(SqlitePlace& place) {
    auto opened = place.try_open();
    if (!note(opened)) return;
    Store& store = **opened;
    read(store);
    write(store);
  }

  bool only(std::initializer_list<ErrorCode> allowed) const {
    for (const ErrorCode code : codes_) {
      if (std::find(allowed.begin(), allowed.end(), code) == allowed.end()) return false;
    }
    return true;
  }
  bool saw(ErrorCode code) const {
    return std::find(codes_.begin(), codes_.end(), code) != codes_.end();
  }

 private:
  void read(Store& store) {
    note(store.config().config_version());
    note(store.config().endpoints());
    note(store.config().endpoint_summaries());
    note(store.config().each_endpoint_summary(true, [](const EndpointSummary&) {}));
    note(store.config().find_endpoint("w1"));
    note(store.config().secrets({1}, noon));
    note(store.config().members());
    note(store.config().own_event_types());
    note(store.queue().lanes());
    note(store.queue().read_due({.endpoint = {1}, .after = {}, .limit = 100}, noon + 9 * hour));
    note(store.queue().read_due({.endpoint = {2}, .after = LaneCursor{noon, {}}, .limit = 100},
                                noon + 9 * hour));
    note(store.queue().health({1}));
    note(store.queue().failing());
    note(store.queue().time_floor({}));
    note(store.statistics().totals());
    note(store.statistics().stats(Time{}));
    note(store.statistics().stats_of({1}, Time{}));
    note(store.statistics().activity(EndpointId{1}, Time{}));
    note(store.statistics().activity(std::nullopt, Time{}));
    note(store.statistics().failures(Time{}));
    note(store.sessions().all(noon));
    note(store.sessions().find_by_hash(std::string(32, 's'), noon));
    read_incoming(store);
    note(store.history().recent_events({}, 1'000));
    const auto all = store.history().deliveries({});
    if (!note(all)) return;
    for (const Delivery& one : *all) {
      if (!note(store.history().timeline(one.id))) return;
    }
  }

  void read_incoming(Store& store) {
    note(store.incoming().hooks());
    note(store.incoming().find("in"));
    note(store.incoming().secrets({3}, noon));
    note(store.incoming().tokens({3}, noon));
    note(store.incoming().find_by_id({3}));
    note(store.incoming().find_by_token(thig::hash(Digest::sha256, "token-in"), noon));
    note(store.requests().pending(std::nullopt, 100));
    note(store.requests().pending_of({3}, 100));
    note(store.requests().stats());
    note(store.requests().projects(10));
    note(store.requests().find_project("made"));
    note(store.requests().notes({5}));
    note(store.config().setting("public-url"));
    const auto all = store.requests().list({});
    if (!note(all)) return;
    for (const IncomingRequest& one : *all) {
      if (!note(store.requests().one(one.id))) return;
    }
  }

  void write_incoming(Store& store) {
    const ArrivedRequest arrived = sample_request({3}, {"fresh"});
    const auto received = store.requests().receive({&arrived, 1}, noon);
    const auto version = store.config().config_version();
    if (note(received) && version) {
      const EndedRequest ended{
          .id = received->front().id,
          .hook = {3},
          .outcome = {.state = RequestState::failed, .detail = "x", .effects = {}}};
      note(store.requests().finish({&ended, 1}, noon, *version, 0));
    }
    if (const auto all = store.requests().list({}); all && !all->empty()) {
      note(store.requests().requeue(all->back().id));
    }
    note(store.incoming().rotate_token({3}, sample_secret("new"), noon + hour, noon, {}));
    note(store.incoming().rotate_secret({3}, sample_secret("new"), noon + hour, noon, {}));
    note(store.incoming().remove({3}, noon, {}));
  }

  void write(Store& store) {
    write_incoming(store);
    const SessionUse use{.id = {7}, .last = noon + minute};
    note(store.sessions().note_uses({&use, 1}));
    const Session session{.id = {8},
                          .member = {},
                          .client = "curl",
                          .created_at = noon,
                          .expires_at = noon + hour,
                          .last_used_at = noon};
    note(store.sessions().redeem(std::string(32, '2'), session, std::string(32, 't')));
    const NewEvent event = sample_event({{2}}, {{1}});
    if (const auto version = store.config().config_version()) {
      note(store.intake().accept({&event, 1}, noon, *version));
      const NewEvent again = keyed_event("order-1");
      note(store.intake().accept({&again, 1}, noon, *version));
    }
    if (const auto rows =
            store.queue().read_due({.endpoint = {2}, .after = {}, .limit = 10}, noon + 9 * hour)) {
      SettleBatch batch;
      for (const QueuedDelivery& row : *rows) {
        batch.deliveries.push_back(settled(row, good_attempt(1), DeliveryState::delivered));
      }
      note(store.queue().settle(batch, noon));
    }
    note(store.config().add_endpoint(sample_endpoint("new", 9), sample_secret(), noon, {}));
    note(store.config().remove_endpoint({2}, noon, {}));
  }

  template <class T>
  bool note(const Result<T>& result) {
    if (!result) codes_.push_back(result.error().code);
    return result.has_value();
  }

  std::vector<ErrorCode> codes_;
};

// Lets values of any type into any column, which the schema would not: what a crafted file can do.
void loosen_schema(RawDatabase& raw) {
  raw.run(
      "PRAGMA writable_schema = ON;"
      "UPDATE sqlite_schema SET sql = replace(replace(replace(replace(replace(sql, "
      "') STRICT, WITHOUT', ') WITHOUT'), ') STRICT', ')'), ' NOT NULL', ''), ' TEXT ', ' '), "
      "' INTEGER,', ',');"
      "PRAGMA writable_schema = RESET");
}

const std::string kCrafts[] = {
    "UPDATE meta SET config_version = 'x'",
    "UPDATE meta SET config_version = NULL",
    "DELETE FROM meta",
    "UPDATE meta SET last_event_id = -1",
    "UPDATE meta SET last_event_id = 9223372036854775807",
    "UPDATE meta SET origin = 1024",
    "UPDATE meta SET origin = 'x'",
    "UPDATE meta SET key_check = 'text'",
    "UPDATE member SET role = 4",
    "UPDATE member SET role = -1",
    "UPDATE member SET name = x'00'",
    "UPDATE event_type SET sample = NULL",
    "UPDATE endpoint SET name = 5 WHERE id = 1",
    "UPDATE endpoint SET url = NULL",
    "UPDATE endpoint SET events = '[1]'",
    "UPDATE endpoint SET events = '{}'",
    "UPDATE endpoint SET events = '[\"a\"'",
    "UPDATE endpoint SET events = ''",
    "UPDATE endpoint SET events = '[\"' || x'ff' || '\"]'",
    "UPDATE endpoint SET conditions = ''",
    "UPDATE endpoint SET conditions = '{}'",
    "UPDATE endpoint SET conditions = '[1]'",
    "UPDATE endpoint SET conditions = '[[4,\"/data/a\",false,\"b\"]]'",
    "UPDATE endpoint SET conditions = '[[0,\"/data/a\",false]]'",
    "UPDATE endpoint SET headers = '[[\"a\"]]'",
    "UPDATE endpoint SET headers = '{\"a\":1}'",
    "UPDATE endpoint SET headers = '[[1,2]]'",
    "UPDATE endpoint SET retry = '[-1]'",
    "UPDATE endpoint SET retry = '[1e30]'",
    "UPDATE endpoint SET retry = '[99999999999999999999]'",
    "UPDATE endpoint SET signature = 3",
    "UPDATE endpoint SET state = 2",
    "UPDATE endpoint SET disabled_by = 4",
    "UPDATE endpoint SET timeout = -1",
    "UPDATE endpoint SET timeout = 9223372036854775807",
    "UPDATE endpoint SET max_in_flight = 0",
    "UPDATE endpoint SET max_in_flight = 99999999999",
    "UPDATE endpoint SET rate = 'fast'",
    "UPDATE endpoint SET allow_private = 2",
    "UPDATE endpoint SET state_since = 9223372036854775807",
    "UPDATE endpoint SET created_at = -9223372036854775807",
    "UPDATE endpoint SET updated_at = 'x'",
    "UPDATE endpoint_secret SET sealed = 'text'",
    "UPDATE endpoint_secret SET number = 0",
    "UPDATE endpoint_health SET consecutive_failures = -1",
    "UPDATE endpoint_health SET consecutive_failures = 4294967296",
    "UPDATE endpoint_health SET warned = 7",
    "UPDATE endpoint_health SET window = 0",
    "UPDATE endpoint_health SET park = -5",
    "UPDATE endpoint_health SET parked_until = 'x'",
    "UPDATE endpoint_counter SET attempts_ok = -1",
    "UPDATE endpoint_counter SET attempts_ok = 9223372036854775807",
    "UPDATE endpoint_counter SET last_outcome = NULL",
    "UPDATE event SET body = NULL",
    "UPDATE event SET body = 12",
    "UPDATE event SET type = x'00'",
    "UPDATE queue SET attempt = -1",
    "UPDATE queue SET attempt = 'x'",
    "UPDATE queue SET due_at = 'x'",
    "UPDATE delivery SET state = 77",
    "UPDATE delivery SET state = 'dead'",
    "UPDATE delivery SET finished_at = 'x'",
    "UPDATE delivery SET attempts = -1",
    "UPDATE delivery SET status = 1000",
    "UPDATE delivery SET duration = NULL",
    "UPDATE delivery SET error = x'05'",
    "UPDATE attempt SET answer = x'05'",
    "UPDATE attempt SET duration = -1",
    "UPDATE attempt SET answer_headers = x'05'",
    "UPDATE delivery SET answer_headers = x'05'",
    "UPDATE failure SET attempts = -1",
    "UPDATE failure SET attempts = 9223372036854775807",
    "UPDATE failure SET outcome = x'05'",
    "UPDATE activity SET hour = 9223372036854775807",
    "UPDATE activity SET bucket = 64",
    "UPDATE activity SET bucket = -1",
    "UPDATE activity SET ok = 9223372036854775807",
    "UPDATE meta SET last_request_id = -1",
    "UPDATE meta SET last_request_id = 9223372036854775807",
    "UPDATE setting SET value = NULL",
    "UPDATE incoming_hook SET name = NULL",
    "UPDATE incoming_hook SET action = 4",
    "UPDATE incoming_hook SET fields = '[[\"f\",0,\"/x\"]]'",
    "UPDATE incoming_hook SET fields = '[[\"f\",4,\"/x\",null]]'",
    "UPDATE incoming_hook SET fields = '[[\"f\",0,\"/x\",1]]'",
    "UPDATE incoming_hook SET fields = '{}'",
    "UPDATE incoming_hook SET conditions = '[[1,\"x\",1,\"y\"]]'",
    "UPDATE incoming_hook SET conditions = '[[-1,\"x\",true,\"y\"]]'",
    "UPDATE incoming_hook SET conditions = '['",
    "UPDATE incoming_hook SET command = '[1]'",
    "UPDATE incoming_hook SET command = '[]'",
    "UPDATE incoming_hook SET timeout = -1",
    "UPDATE incoming_hook SET max_parallel = 0",
    "UPDATE incoming_hook SET allowed_addresses = 'x'",
    "UPDATE incoming_hook SET content_types = '[null]'",
    "UPDATE incoming_hook SET max_body = -1",
    "UPDATE incoming_hook SET rate = 'x'",
    "UPDATE incoming_hook SET enabled = 2",
    "UPDATE incoming_hook SET updated_at = 9223372036854775807",
    "UPDATE incoming_secret SET number = 0",
    "UPDATE incoming_token SET sealed = 'text'",
    "UPDATE incoming_token SET hash = 'text'",
    "UPDATE incoming_token SET hash = x'00'",
    "UPDATE incoming_token SET expires_at = 9223372036854775807",
    "UPDATE incoming_counter SET received = -1",
    "UPDATE incoming_counter SET last_outcome = NULL",
    "UPDATE incoming_request SET state = 6",
    "UPDATE incoming_request SET state = -1",
    "UPDATE incoming_request SET body = 12",
    "UPDATE incoming_request SET body_size = -1",
    "UPDATE incoming_request SET runs = -1",
    "UPDATE incoming_request SET headers = NULL",
    "UPDATE incoming_request SET peer = x'00'",
    "UPDATE incoming_request SET ended_at = 'x'",
    "UPDATE incoming_request SET cut = 2",
    "UPDATE project SET name = NULL",
    "UPDATE project SET name = 'made', created_at = 'x'",
    "UPDATE note SET text = x'00'",
    "UPDATE idempotency SET content = 'text'",
    "UPDATE idempotency SET event_id = -1",
    "UPDATE idempotency SET at = 'x'",
    "UPDATE idempotency SET queued = -1",
    "UPDATE idempotency SET missed = 12",
    "UPDATE idempotency SET missed = '[\"w1\"]'",
    "UPDATE idempotency SET missed = '[1'",
    "DROP TABLE idempotency",
    "UPDATE session SET member = NULL",
    "UPDATE session SET client = x'00'",
    "UPDATE session SET created_at = 'x'",
    "UPDATE session SET last_used_at = 9223372036854775807",
    "UPDATE session SET expires_at = NULL",
    "UPDATE login_code SET member = 5",
    "UPDATE login_code SET expires_at = 'x'",
    "DROP TABLE login_code",
    "DROP TABLE session",
    "DROP TABLE incoming_seen",
    "DROP TABLE queue",
    "DROP TABLE event",
    "DROP TABLE endpoint_counter",
};

}  // namespace

TEST_CASE("the exercise finds nothing wrong with a sound database") {
  SqlitePlace place;
  fill(place);
  CHECK(Exercise(place).only({}));
}

TEST_CASE("values that the schema does not allow are named as damage") {
  for (const std::string& craft : kCrafts) {
    SqlitePlace place;
    fill(place);
    {
      RawDatabase raw(place.options.file);
      loosen_schema(raw);
      raw.run(craft);
    }
    const Exercise exercise(place);
    CHECK_MESSAGE(exercise.saw(ErrorCode::database), craft);
    CHECK_MESSAGE(exercise.only({ErrorCode::database, ErrorCode::not_found, ErrorCode::key}),
                  craft);
  }
}

TEST_CASE("figures of all webhooks are not made of damaged activity") {
  for (const std::string craft :
       {"ok = 'many'", "ok = NULL", "failed = x'00'", "bucket = 1.5", "bucket = 'x'", "bucket = 64",
        "ok = -1", "ok = 9223372036854775807", "ok = 1099511627777"}) {
    SqlitePlace place;
    fill(place);
    {
      RawDatabase raw(place.options.file);
      loosen_schema(raw);
      raw.run("UPDATE activity SET " + craft + " WHERE endpoint_id <> 0");
    }
    const auto store = place.open();
    CHECK(store->statistics().stats(std::nullopt));
    CHECK_MESSAGE(code_of(store->statistics().stats(Time{})) == ErrorCode::database, craft);
  }
}

TEST_CASE("sums over all webhooks are not made of damaged counters") {
  for (const std::string craft :
       {"pending = 'many'", "dead = NULL, pending = 1.5", "missed = x'00'", "cancelled = -1",
        "delivered = 9223372036854775807"}) {
    SqlitePlace place;
    fill(place);
    {
      RawDatabase raw(place.options.file);
      loosen_schema(raw);
      raw.run("UPDATE endpoint_counter SET " + craft);
    }
    CHECK_MESSAGE(code_of(place.open()->statistics().totals()) == ErrorCode::database, craft);
  }
}

TEST_CASE("webhooks can be read where their counters cannot") {
  SqlitePlace place;
  fill(place);
  RawDatabase(place.options.file).run("DROP TABLE endpoint_counter");
  const auto store = place.open();
  CHECK_FALSE(get(store->config().endpoints()).empty());
  CHECK_FALSE(get(store->config().endpoint_summaries()).empty());
}

TEST_CASE("a crafted schema runs nothing of its own") {
  SqlitePlace place;
  fill(place);
  {
    RawDatabase raw(place.options.file);
    raw.run(
        "CREATE TABLE trap (n INTEGER); INSERT INTO trap VALUES (0);"
        "CREATE TRIGGER spring AFTER INSERT ON event BEGIN UPDATE trap SET n = n + 1; END");
  }
  emit(*place.open(), sample_event({}));
  CHECK(RawDatabase(place.options.file).ask("SELECT n FROM trap") == "0");
}

TEST_CASE("a file that was cut or changed anywhere gives errors at worst") {
  SqlitePlace model;
  fill(model);
  flatten(model.options.file);
  const std::string sound = read_file(model.options.file);
  SeededRandom random(99);
  int noticed = 0;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = sound;
    if (round % 5 == 0) {
      bytes.resize(static_cast<std::size_t>(random.bits(40)) % bytes.size());
    } else {
      for (int change = 0; change <= round % 7; ++change) {
        bytes[static_cast<std::size_t>(random.bits(40)) % bytes.size()] =
            static_cast<char>(random.bits(8));
      }
    }
    SqlitePlace place;
    std::filesystem::create_directory(place.dir.path("data"));
    std::filesystem::copy(model.dir.path("keys"), place.dir.path("keys"));
    write_file(place.options.file, bytes);
    const Exercise exercise(place);
    CAPTURE(round);
    CHECK_FALSE(exercise.saw(ErrorCode::internal));
    CHECK_FALSE(exercise.saw(ErrorCode::busy));
    noticed += exercise.only({}) ? 0 : 1;
  }
  CHECK(noticed > 30);
}

}  // namespace thig
