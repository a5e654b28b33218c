-- Requests whose action failed: how often their command was started (by earlier requests of the same
-- message, too), whether it has succeeded once, and by what a message is known that comes again.
ALTER TABLE incoming_request ADD COLUMN starts    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incoming_request ADD COLUMN succeeded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incoming_seen    ADD COLUMN request_id INTEGER;  -- NULL: remembered before there was this
UPDATE incoming_request
   SET starts = runs, succeeded = state IN (1, 2) OR (state = 3 AND runs > 1)
 WHERE state <> 0;

-- What the bodies of a webhook's failed requests take is summed from this alone. (Those that were
-- cut are from before there was this.)
CREATE INDEX incoming_request_failed ON incoming_request (hook_id, body_size)
 WHERE state = 3 AND cut = 0;
