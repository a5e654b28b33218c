// The floor under `emit --batch`: the same rows into bare SQLite, prepared statements, the same
// durability and group size, nothing else. usage: bare_inserts FILE EVENTS BODY_BYTES — prints
// seconds.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sqlite3.h>

namespace {

void must(int code, sqlite3* db) {
  if (code == SQLITE_OK || code == SQLITE_DONE) return;
  std::fprintf(stderr, "bare_inserts: %s\n", sqlite3_errmsg(db));
  std::exit(3);
}

void run(sqlite3* db, const char* sql) {
  must(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), db);
}

sqlite3_stmt* prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  must(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr), db);
  return statement;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int events = std::atoi(argv[2]);
  const std::string body(static_cast<std::size_t>(std::atoi(argv[3])), 'x');
  sqlite3* db = nullptr;
  must(sqlite3_open(argv[1], &db), db);
  run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0");
  run(db, "CREATE TABLE event (id INTEGER PRIMARY KEY, type TEXT, body BLOB)");
  run(db,
      "CREATE TABLE queue (endpoint_id INTEGER, due_at INTEGER, event_id INTEGER, attempt INTEGER,"
      " PRIMARY KEY (endpoint_id, due_at, event_id)) WITHOUT ROWID");
  run(db, "CREATE INDEX queue_event ON queue (event_id)");
  sqlite3_stmt* event = prepare(db, "INSERT INTO event VALUES (?1, 'project.created', ?2)");
  sqlite3_stmt* queue = prepare(db, "INSERT INTO queue VALUES (123456789, ?1, ?2, 0)");

  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < events; ++i) {
    if (i % 1000 == 0) run(db, "BEGIN IMMEDIATE");
    const sqlite3_int64 id = (sqlite3_int64{1} << 60) + i;
    sqlite3_bind_int64(event, 1, id);
    sqlite3_bind_blob(event, 2, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
    must(sqlite3_step(event), db);
    sqlite3_reset(event);
    sqlite3_bind_int64(queue, 1, 1'700'000'000'000 + i / 60);
    sqlite3_bind_int64(queue, 2, id);
    must(sqlite3_step(queue), db);
    sqlite3_reset(queue);
    if (i % 1000 == 999 || i == events - 1) run(db, "COMMIT");
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%.4f\n", took.count());
}
