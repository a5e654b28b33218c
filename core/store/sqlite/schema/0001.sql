-- Times are milliseconds since 1970 (UTC), spans are milliseconds. Enumerations are the numbers of
-- the enumerators in core/model, so new ones are only ever added at the end:
--   delivery.state       0 pending (never stored), 1 delivered, 2 dead, 3 missed, 4 cancelled, 5 test
--   endpoint.state       0 enabled, 1 disabled
--   endpoint.disabled_by 0 nobody, 1 member, 2 failures, 3 gone
--   endpoint.signature   0 both, 1 standard, 2 thig
--   member.role          0 owner, 1 admin, 2 member, 3 viewer

-- One row. `checkpoints` is written after each checkpoint, which starts the WAL anew.
CREATE TABLE meta (
  id             INTEGER PRIMARY KEY CHECK (id = 1),
  config_version INTEGER NOT NULL,
  last_event_id  INTEGER NOT NULL,
  origin         INTEGER NOT NULL,
  checkpoints    INTEGER NOT NULL,
  dispatcher_time INTEGER NOT NULL DEFAULT 0,  -- at its last settlement, and what
  dispatcher_wall INTEGER NOT NULL DEFAULT 0,  -- the wall clock said then
  created_at     INTEGER NOT NULL,
  app_version    TEXT    NOT NULL,  -- of the thig-hooks that made or last upgraded the database
  key_check      BLOB               -- a constant under the key of the secrets; NULL before the first
) STRICT;

CREATE TABLE member (
  name TEXT    NOT NULL PRIMARY KEY,
  role INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event_type (
  name        TEXT NOT NULL PRIMARY KEY,
  category    TEXT NOT NULL,
  description TEXT NOT NULL,
  sample      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoint (
  id               INTEGER PRIMARY KEY,
  name             TEXT    NOT NULL UNIQUE,
  url              TEXT    NOT NULL,
  description      TEXT    NOT NULL,
  events           TEXT    NOT NULL,  -- JSON: ["project.*"]
  headers          TEXT    NOT NULL,  -- JSON: [["name","value"]]
  signature        INTEGER NOT NULL,
  signature_header TEXT    NOT NULL,
  retry            TEXT    NOT NULL,  -- JSON: [170000,680000]
  timeout          INTEGER NOT NULL,
  max_in_flight    INTEGER NOT NULL,
  rate             REAL    NOT NULL,
  allow_private    INTEGER NOT NULL,
  ca_file          TEXT    NOT NULL,
  client_cert      TEXT    NOT NULL,
  client_key       TEXT    NOT NULL,
  state            INTEGER NOT NULL,
  disabled_by      INTEGER NOT NULL,
  state_reason     TEXT    NOT NULL,
  state_since      INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL
) STRICT;

CREATE TABLE endpoint_secret (
  endpoint_id INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  sealed      BLOB    NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER,
  PRIMARY KEY (endpoint_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE endpoint_health (
  endpoint_id          INTEGER PRIMARY KEY,
  consecutive_failures INTEGER NOT NULL,
  failing_since        INTEGER,
  warned               INTEGER NOT NULL,
  endpoint_failures    INTEGER NOT NULL,
  parked_until         INTEGER,
  park                 INTEGER NOT NULL,
  window               INTEGER NOT NULL
) STRICT;

-- Exists exactly as long as its endpoint, and is the cheapest place to ask whether it does.
CREATE TABLE endpoint_counter (
  endpoint_id     INTEGER PRIMARY KEY,
  attempts_ok     INTEGER NOT NULL DEFAULT 0,
  attempts_failed INTEGER NOT NULL DEFAULT 0,
  pending         INTEGER NOT NULL DEFAULT 0,
  delivered       INTEGER NOT NULL DEFAULT 0,
  dead            INTEGER NOT NULL DEFAULT 0,
  missed          INTEGER NOT NULL DEFAULT 0,
  last_attempt_at INTEGER,
  last_outcome    TEXT    NOT NULL DEFAULT ''
) STRICT;

-- Endpoints that are gone while rows of theirs are still to be deleted.
CREATE TABLE removed_endpoint (
  endpoint_id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE event (
  id   INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;

-- What is pending, and nothing else. `attempt` counts the attempts made.
CREATE TABLE queue (
  endpoint_id INTEGER NOT NULL,
  due_at      INTEGER NOT NULL,
  event_id    INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,
  PRIMARY KEY (endpoint_id, due_at, event_id)
) STRICT, WITHOUT ROWID;

-- Walked backwards: newest event first, then by endpoint, as lists show it.
CREATE INDEX queue_by_event ON queue (event_id, endpoint_id DESC);

-- What has ended, with its last attempt; one row, written once.
CREATE TABLE delivery (
  event_id    INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  state       INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  started_at  INTEGER,           -- of the last attempt; NULL if none was made, as with `missed`
  duration    INTEGER,
  status      INTEGER,
  error       TEXT,
  answer      TEXT,
  PRIMARY KEY (event_id, endpoint_id DESC)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_by_endpoint ON delivery (endpoint_id, event_id);

-- Finding the few that failed among the many that did not; costs nothing for those.
CREATE INDEX delivery_by_state          ON delivery (state, event_id, endpoint_id DESC) WHERE state <> 1;
CREATE INDEX delivery_by_endpoint_state ON delivery (endpoint_id, state, event_id)      WHERE state <> 1;

-- The attempts before the last of what has ended, and all attempts of what is pending.
CREATE TABLE attempt (
  event_id    INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  duration    INTEGER NOT NULL,
  status      INTEGER,
  error       TEXT    NOT NULL,
  answer      TEXT    NOT NULL,
  PRIMARY KEY (event_id, endpoint_id, number)
) STRICT, WITHOUT ROWID;

-- Attempts per hour (since 1970) and latency bucket (model/stats.h).
CREATE TABLE activity (
  endpoint_id INTEGER NOT NULL,
  hour        INTEGER NOT NULL,
  bucket      INTEGER NOT NULL,
  ok          INTEGER NOT NULL,
  failed      INTEGER NOT NULL,
  PRIMARY KEY (endpoint_id, hour, bucket)
) STRICT, WITHOUT ROWID;
