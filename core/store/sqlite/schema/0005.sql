-- Applications and members on other machines. Times, spans and enumerations as in 0001.

-- Keys of the HTTP API. Of the key itself only its SHA-256 is kept: it has 160 random bits, so a slow
-- hash would protect nothing.
CREATE TABLE api_key (
  id           INTEGER PRIMARY KEY,
  name         TEXT    NOT NULL UNIQUE,
  hash         BLOB    NOT NULL UNIQUE,
  prefix       TEXT    NOT NULL,  -- its first characters, to tell keys apart
  member       TEXT    NOT NULL,  -- who acts with it: it may do no more than they may at that moment
  scopes       INTEGER NOT NULL,  -- bits: 1 emit, 2 read, 4 manage, 8 secrets
  rate         INTEGER NOT NULL,  -- requests a minute
  enabled      INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,           -- NULL: never
  last_used_at INTEGER,           -- NULL: never; to a minute
  requests     INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Events that their sender named: sent once more under the same key, they are not recorded again.
CREATE TABLE idempotency (
  key      TEXT    PRIMARY KEY,
  content  BLOB    NOT NULL,  -- SHA-256 of type and data
  event_id INTEGER NOT NULL,
  at       INTEGER NOT NULL,  -- when it was accepted; kept for 24 hours
  queued   INTEGER NOT NULL,  -- the receipt it was given: deliveries,
  missed   TEXT    NOT NULL   -- and the webhooks that were disabled (JSON: ids)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_time  ON idempotency (at);        -- for pruning
CREATE INDEX idempotency_by_event ON idempotency (event_id);  -- for erasing

-- Through what the actor did it: "key ci"; '' on the command line.
ALTER TABLE audit ADD COLUMN via TEXT NOT NULL DEFAULT '';
