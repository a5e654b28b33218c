-- The administration tool. Times, spans and enumerations as in 0001.

-- Every change of the configuration. Rows are only ever added.
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  actor   TEXT    NOT NULL,  -- the member's name; '' for thig-hooks itself
  role    INTEGER NOT NULL,
  action  TEXT    NOT NULL,  -- "webhook.edit"
  subject TEXT    NOT NULL,  -- the name of what was changed
  before  TEXT    NOT NULL,  -- JSON: the members that differ, or all; never a secret; '' for nothing
  after   TEXT    NOT NULL
) STRICT;

-- A delivery that is made again keeps its number and its attempts: those before the schedule began
-- anew do not count against it.
ALTER TABLE queue ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0;

-- The first headers of a failing answer, "name: value" a line; empty or NULL for success.
ALTER TABLE attempt  ADD COLUMN answer_headers TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN answer_headers TEXT;

ALTER TABLE endpoint_counter ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;

-- How often members have changed what is pending, so that a dispatcher forgets what it read ahead.
ALTER TABLE endpoint_counter ADD COLUMN recalls INTEGER NOT NULL DEFAULT 0;

-- Failed attempts per hour (since 1970) by what came of them: "503", "timeout".
CREATE TABLE failure (
  endpoint_id INTEGER NOT NULL,
  hour        INTEGER NOT NULL,
  outcome     TEXT    NOT NULL,
  attempts    INTEGER NOT NULL,
  PRIMARY KEY (endpoint_id, hour, outcome)
) STRICT, WITHOUT ROWID;

-- In `activity` and `failure` endpoint 0, which no webhook is, stands for all webhooks together,
-- those included that have been removed: totals by hour are read without walking every webhook's.
INSERT INTO activity (endpoint_id, hour, bucket, ok, failed)
SELECT 0, hour, bucket, sum(ok), sum(failed) FROM activity GROUP BY hour, bucket;
