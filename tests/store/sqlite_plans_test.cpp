// How SQLite finds the rows of each statement on the queue and the history: by a key, or along an
// index in the order that is wanted. Noted is whatever the contract has prepared, so a statement
// that is new is looked at as soon as a rule uses it.
#include "core/store/sqlite/connection.h"
#include "tests/store/counted_steps.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/store_contract.h"

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <vector>

namespace thig {

namespace {

// While it lives, the statements of every connection in this process are noted, each text once.
class NotedStatements {
 public:
  NotedStatements() {
    texts_.clear();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&NotedStatements::opened));
  }
  NotedStatements(const NotedStatements&) = delete;
  NotedStatements& operator=(const NotedStatements&) = delete;
  ~NotedStatements() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&NotedStatements::opened));
  }
  static const std::set<std::string>& texts() { return texts_; }

 private:
  static int opened(sqlite3* database, char**, const void*) {
    return sqlite3_trace_v2(database, SQLITE_TRACE_STMT, &NotedStatements::noted, nullptr);
  }
  static int noted(unsigned, void*, void* statement, void*) {
    if (const char* text = sqlite3_sql(static_cast<sqlite3_stmt*>(statement))) texts_.insert(text);
    return 0;
  }

  static inline std::set<std::string> texts_;
};

bool is_table_of_rows(const std::string& table) {
  static const std::set<std::string> tables = {"queue",    "delivery",         "attempt",
                                               "event",    "incoming_request", "incoming_seen",
                                               "activity", "failure",          "idempotency"};
  return tables.contains(table);
}

// One statement and how its rows are found.
class Plan {
 public:
  Plan(sqlite::Connection& connection, std::string sql) : sql_(std::move(sql)) {
    sqlite::Query row = connection.query_once("EXPLAIN QUERY PLAN " + sql_);
    while (row.next()) steps_.push_back(row.text(3));
    ok(row.finish());
  }

  // How often rows of what is named so are sought.
  std::ptrdiff_t looks_at(const std::string& name) const {
    return std::ranges::count_if(steps_, [&](const std::string& step) {
      return std::regex_search(step, std::regex("^(SCAN|SEARCH) " + name + R"(\b)"));
    });
  }
  // Goes along the table as it stands, and does nothing else.
  bool is_one_walk() const {
    return steps_.size() == 1 && std::regex_match(steps_[0], std::regex(R"(SCAN \w+)"));
  }

  // What is wrong with it; empty if nothing is.
  std::string fault() const {
    for (const std::string& step : steps_) {
      static const std::regex words(R"((SCAN|SEARCH) (\w+)(.*))");
      std::smatch parts;
      if (!std::regex_match(step, parts, words) || !is_table_of_rows(table(parts[2]))) continue;
      if (step.find("AUTOMATIC") != std::string::npos) return "makes an index: " + step;
      if (parts[1] == "SCAN" && !stops_early()) return "scans: " + step;
      if (parts[1] == "SEARCH" && passes_over_rows(parts[3])) return "walks: " + step;
    }
    return {};
  }

 private:
  // What an alias stands for.
  std::string table(const std::string& name) const {
    const std::regex alias(R"((?:FROM|JOIN)\s+(\w+)\s+)" + name + R"(\b)");
    std::smatch parts;
    return std::regex_search(sql_, parts, alias) ? parts[1].str() : name;
  }
  bool says(const char* pattern) const { return std::regex_search(sql_, std::regex(pattern)); }

  // Comes along the rows in the order that is wanted, and ends at a number of them.
  bool stops_early() const {
    return says(R"(\bLIMIT\b)") && std::ranges::none_of(steps_, [](const std::string& step) {
             return step.starts_with("USE TEMP B-TREE FOR ORDER BY");
           });
  }

  // `by`: the columns it seeks by, "… USING INDEX queue_by_event (event_id=? AND endpoint_id=?)".
  bool passes_over_rows(const std::string& by) const {
    const auto seeks = [&](const char* column) { return by.find(column) != std::string::npos; };
    const bool by_event = seeks("event_id=") || seeks("rowid=");
    if (says(R"([^+\w]event_id = [?0-9])")) {
      const bool of_endpoint = says(R"([^+\w]endpoint_id = [?0-9])") && !seeks("rowid=");
      return !by_event || (of_endpoint && !seeks("endpoint_id="));
    }
    // A stretch of the history, of the hours, or of what has expired.
    if (seeks("event_id>? AND event_id<?") || seeks("rowid>? AND rowid<?") || seeks("hour") ||
        seeks("expires_at<?") || seeks("(at<?")) {
      return false;
    }
    const bool whole_key = seeks("endpoint_id=? AND due_at=? AND event_id=") || seeks("key=");
    return !by_event && !whole_key && !stops_early();
  }

  std::string sql_;
  std::vector<std::string> steps_;
};

// Those that may walk, and why.
struct Exception {
  const char* begin;
  const char* reason;
};
constexpr Exception kExceptions[] = {
    {"SELECT event_id, endpoint_id, 0, attempt, due_at, NULL FROM queue WHERE endpoint_id",
     "the pending rows of a webhook are sorted for a list where they are few (delivery_list.cpp)"},
    {"SELECT coalesce(sum(body_size), 0) FROM incoming_request INDEXED BY incoming_request_failed",
     "an index has the failed requests alone, and it is the rarer looked at the longer that takes"},
    {"UPDATE endpoint_counter SET recalls = recalls + 1 WHERE endpoint_id IN",
     "once after a clock that was ahead, along what it has numbered (numbering.cpp)"},
    {"UPDATE queue INDEXED BY queue_by_event SET due_at = ?2 WHERE event_id >= ?1",
     "the same (numbering.cpp)"},
    {"UPDATE queue SET due_at = max(?1, due_at - ?2)",
     "a repair that is asked for moves all that is pending (dispatcher_time.cpp)"},
    {"SELECT coalesce(max(id), 0)", "one row, at the end of a key"},
};

bool may_walk(const std::string& sql) {
  if (sql.find("event_id = ") != std::string::npos) return false;
  const std::string words = std::regex_replace(sql, std::regex(R"(\s+)"), " ");
  return std::ranges::any_of(kExceptions, [&](const Exception& one) {
    return words.substr(words.find_first_not_of(' ')).starts_with(one.begin);
  });
}

// The others set up a connection or a schema.
bool works_on_rows(const std::string& sql) {
  return std::regex_search(sql, std::regex(R"(^\s*(SELECT|INSERT|UPDATE|DELETE)\b)"));
}

}  // namespace

TEST_CASE("webhooks that have nothing pending cost the dispatcher nothing") {
  SqlitePlace place;
  const CountedSteps counting;
  const auto store = place.open();
  const EndpointId busy = add_sample(*store, "busy", 500);
  emit(*store, sample_event({busy}));
  const auto look = [&] { CHECK(get(store->queue().lanes()).size() == 1); };
  const int alone = CountedSteps::of(look);
  CHECK(alone > 0);
  for (std::int64_t n = 1; n <= 100; ++n) add_sample(*store, "w" + std::to_string(n), n);
  for (std::int64_t n = 901; n <= 1000; ++n) add_sample(*store, "w" + std::to_string(n), n);
  CHECK(CountedSteps::of(look) == alone);
}

TEST_CASE("webhooks that have nothing to recover cost nothing when all are recovered") {
  SqlitePlace place;
  const CountedSteps counting;
  const auto store = place.open();
  const EndpointId busy = add_sample(*store, "busy", 500);
  emit(*store, sample_event({}, {busy}));
  const auto look = [&] {
    const EndedRange all{.endpoint = {}, .events = {}};
    CHECK(get(store->recovery().count_ended(all, 10)).counts.size() == 1);
  };
  const int alone = CountedSteps::of(look);
  CHECK(alone > 0);
  for (std::int64_t n = 1; n <= 100; ++n) add_sample(*store, "w" + std::to_string(n), n);
  CHECK(CountedSteps::of(look) == alone);
}

TEST_CASE("all webhooks are read as they stand in the file") {
  SqlitePlace place;
  const auto store = place.open();
  const NotedStatements noting;
  const auto reader = place.open();
  get(reader->config().endpoints());
  get(reader->config().endpoint_summaries());
  get(reader->config().routes());
  ok(reader->config().each_endpoint_summary(true, [](const EndpointSummary&) {}));
  const auto connection = get(sqlite::Connection::open({.file = place.options.file}));
  int looked_at = 0;
  for (const std::string& sql : NotedStatements::texts()) {
    static const std::regex of_all(R"(^SELECT id,.* FROM endpoint\b(?!.* WHERE ).*)");
    if (!std::regex_match(sql, of_all)) continue;
    ++looked_at;
    CHECK_MESSAGE(Plan(*connection, sql).is_one_walk(), sql);
  }
  CHECK(looked_at == 4);
}

TEST_CASE("an event without an idempotency key asks nothing of keys") {
  SqlitePlace place;
  const NotedStatements noting;
  const auto store = place.open();
  const auto asked = [] {
    return std::ranges::count_if(NotedStatements::texts(), [](const std::string& sql) {
      return works_on_rows(sql) && sql.contains("idempotency");
    });
  };
  emit(*store, sample_event({}));
  CHECK(asked() == 0);
  emit(*store, keyed_event("order-1"));
  CHECK(asked() == 4);
}

TEST_CASE("what could be pruned is counted in one walk along the events") {
  SqlitePlace place;
  const auto store = place.open();
  const NotedStatements noting;
  get(place.open()->maintenance().count_history({0}, {1'000}, 10));
  const auto connection = get(sqlite::Connection::open({.file = place.options.file}));
  int looked_at = 0;
  for (const std::string& sql : NotedStatements::texts()) {
    if (!sql.contains("length(e.body)")) continue;
    ++looked_at;
    CHECK(Plan(*connection, sql).looks_at("e") == 1);
  }
  CHECK(looked_at == 1);
}

TEST_CASE("no statement on the queue or the history passes over rows to find others") {
  {
    const NotedStatements noting;
    for (const StoreRule& rule : store_contract()) {
      SqlitePlace place;
      rule.check([&] { return place.open(); });
    }
  }
  SqlitePlace place;
  place.open();
  const auto connection = get(sqlite::Connection::open({.file = place.options.file}));
  std::size_t looked_at = 0;
  for (const std::string& sql : NotedStatements::texts()) {
    if (!works_on_rows(sql)) continue;
    ++looked_at;
    const std::string fault = Plan(*connection, sql).fault();
    if (!may_walk(sql)) CHECK_MESSAGE(fault.empty(), fault, "\n", sql);
  }
  CHECK(looked_at > 150);
}

}  // namespace thig
