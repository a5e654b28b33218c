-- Sound at the seams. Times, spans and enumerations as in 0001.

-- Raised by whatever changes where or how a webhook is sent to, by `enable` and by `disable`: the
-- result of an attempt that began under another epoch decides nothing about the webhook.
ALTER TABLE endpoint ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
