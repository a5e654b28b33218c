-- Sound at the seams. Times, spans and enumerations as in 0001.

-- Raised by whatever changes where or how a webhook is sent to, by `enable` and by `disable`: the
-- result of an attempt that began under another epoch decides nothing about the webhook.
ALTER TABLE endpoint ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
-- "*" no longer stands for operational events, which must be named: what subscribes to everything now
-- goes on getting what it gets.
UPDATE endpoint SET events = json_insert(events, '$[#]', 'webhook.*')
 WHERE '*' IN (SELECT value FROM json_each(events))
   AND 'webhook.*' NOT IN (SELECT value FROM json_each(events));
UPDATE endpoint SET events = json_insert(events, '$[#]', 'incoming.*')
 WHERE '*' IN (SELECT value FROM json_each(events))
   AND 'incoming.*' NOT IN (SELECT value FROM json_each(events));

-- What is sealed here is empty where there is nothing. `endpoint.headers` holds names alone from now
-- on, `incoming_hook.verify_token` nothing; what they and the requests hold in clear is sealed with
-- the upgrade (seal_existing.cpp).
ALTER TABLE endpoint         ADD COLUMN sealed_headers      BLOB NOT NULL DEFAULT x'';  -- JSON: [["name","value"]]
ALTER TABLE incoming_hook    ADD COLUMN sealed_verify_token BLOB NOT NULL DEFAULT x'';
ALTER TABLE incoming_request ADD COLUMN sealed              BLOB NOT NULL DEFAULT x'';  -- headers and query as they came
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
