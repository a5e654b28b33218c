-- Incoming webhooks. Times, spans and enumerations as in 0001:
--   incoming_hook.action   0 create-project, 1 add-note, 2 emit, 3 run
--   incoming_request.state 0 pending, 1 done, 2 skipped, 3 failed, 4 duplicate, 5 rejected
--   a value's source       0 pointer, 1 header, 2 query, 3 literal

-- Requests have numbers of their own, which go on when requests are deleted.
ALTER TABLE meta ADD COLUMN last_request_id INTEGER NOT NULL DEFAULT 0;

CREATE TABLE setting (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE incoming_hook (
  id                INTEGER PRIMARY KEY,
  name              TEXT    NOT NULL UNIQUE,
  description       TEXT    NOT NULL,
  action            INTEGER NOT NULL,
  event_type        TEXT    NOT NULL,
  fields            TEXT    NOT NULL,  -- JSON: [["name",0,"/data/title",null]]: field, source, text, fallback
  conditions        TEXT    NOT NULL,  -- JSON: [[1,"x-github-event",true,"^issues$"]]: source, text, regex, expected
  command           TEXT    NOT NULL,  -- JSON: ["/usr/bin/deploy","now"]
  directory         TEXT    NOT NULL,
  timeout           INTEGER NOT NULL,
  max_parallel      INTEGER NOT NULL,
  scheme            TEXT    NOT NULL,
  verify_token      TEXT    NOT NULL,
  allowed_addresses TEXT    NOT NULL,  -- JSON: ["10.0.0.0/8"]
  content_types     TEXT    NOT NULL,  -- JSON: ["application/json"]
  max_body          INTEGER NOT NULL,
  dedupe            INTEGER NOT NULL,
  rate              REAL    NOT NULL,
  enabled           INTEGER NOT NULL,
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL
) STRICT;

-- What verifies signatures.
CREATE TABLE incoming_secret (
  hook_id    INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  sealed     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (hook_id, number)
) STRICT, WITHOUT ROWID;

-- What the URLs end with.
CREATE TABLE incoming_token (
  hook_id    INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  sealed     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  hash       BLOB    NOT NULL UNIQUE,  -- SHA-256 of the token
  PRIMARY KEY (hook_id, number)
) STRICT, WITHOUT ROWID;

-- Exists exactly as long as its webhook, and is the cheapest place to ask whether it does.
CREATE TABLE incoming_counter (
  hook_id         INTEGER PRIMARY KEY,
  received        INTEGER NOT NULL DEFAULT 0,
  duplicates      INTEGER NOT NULL DEFAULT 0,
  rejected        INTEGER NOT NULL DEFAULT 0,
  failed          INTEGER NOT NULL DEFAULT 0,
  last_request_at INTEGER,
  last_outcome    TEXT    NOT NULL DEFAULT ''
) STRICT;

-- Webhooks that are gone while requests of theirs are still to be deleted.
CREATE TABLE removed_incoming (
  hook_id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE incoming_request (
  id           INTEGER PRIMARY KEY,
  hook_id      INTEGER NOT NULL,
  received_at  INTEGER NOT NULL,
  peer         TEXT    NOT NULL,
  content_type TEXT    NOT NULL,
  headers      TEXT    NOT NULL,
  query        TEXT    NOT NULL,
  delivery_id  TEXT    NOT NULL,
  body         BLOB    NOT NULL,
  body_size    INTEGER NOT NULL,
  cut          INTEGER NOT NULL DEFAULT 0,  -- the body is not whole any more
  state        INTEGER NOT NULL,
  runs         INTEGER NOT NULL DEFAULT 0,
  detail       TEXT    NOT NULL,
  ended_at     INTEGER
) STRICT;

CREATE INDEX incoming_request_by_hook  ON incoming_request (hook_id, id);
CREATE INDEX incoming_request_by_state ON incoming_request (state, id)   WHERE state <> 0;
CREATE INDEX incoming_request_pending  ON incoming_request (id, hook_id) WHERE state = 0;
CREATE INDEX incoming_request_waiting  ON incoming_request (hook_id, id) WHERE state = 0;

-- What a message is known by when it comes again: the sender's ids, hashes of bodies.
CREATE TABLE incoming_seen (
  hook_id    INTEGER NOT NULL,
  key        BLOB    NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (hook_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX incoming_seen_by_end ON incoming_seen (expires_at);

CREATE TABLE project (
  id          INTEGER PRIMARY KEY,
  name        TEXT    NOT NULL,
  status      TEXT    NOT NULL,
  description TEXT    NOT NULL,
  source      TEXT    NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX project_by_name ON project (name, created_at);
CREATE INDEX project_by_time ON project (created_at);

CREATE TABLE note (
  id         INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL,
  text       TEXT    NOT NULL,
  source     TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX note_by_project ON note (project_id, created_at);
