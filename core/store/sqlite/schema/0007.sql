-- Webhooks that want some events of a type only: what must hold of an event's body, as in
-- incoming_hook.conditions.
ALTER TABLE endpoint ADD COLUMN conditions TEXT NOT NULL DEFAULT '[]';
