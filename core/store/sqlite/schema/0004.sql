-- "*" no longer stands for operational events, which must be named: what subscribes to everything now
-- goes on getting what it gets.
UPDATE endpoint SET events = json_insert(events, '$[#]', 'webhook.*')
 WHERE '*' IN (SELECT value FROM json_each(events))
   AND 'webhook.*' NOT IN (SELECT value FROM json_each(events));
UPDATE endpoint SET events = json_insert(events, '$[#]', 'incoming.*')
 WHERE '*' IN (SELECT value FROM json_each(events))
   AND 'incoming.*' NOT IN (SELECT value FROM json_each(events));
