-- Members in the browser. Times, spans and enumerations as in 0001.

-- Both are opened by 256 random bits, of which only the SHA-256 is kept. Rows that have ended are
-- deleted when others are added.

-- A login link that was not used yet.
CREATE TABLE login_code (
  hash       BLOB    PRIMARY KEY,
  member     TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  id           INTEGER PRIMARY KEY,
  hash         BLOB    NOT NULL UNIQUE,
  member       TEXT    NOT NULL,
  client       TEXT    NOT NULL,  -- what it was begun with: "Firefox on Linux"
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL   -- to a minute
) STRICT;
