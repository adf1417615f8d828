-- Ids of due work never repeat: an attempt that is under way remembers its own while the sweep may
-- take the row away.
CREATE TABLE new_due_work (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	namespace TEXT NOT NULL,
	due_at_ms INTEGER NOT NULL, -- the account's time
	wake_at_ms INTEGER, -- the same in real time; NULL: the clock does not run
	kind TEXT NOT NULL,
	subject_sid TEXT NOT NULL,
	lane TEXT NOT NULL -- a webhook's receiver (scheme, host, port); empty for our own work
) STRICT;
INSERT INTO new_due_work
	SELECT id, namespace, due_at_ms, wake_at_ms, kind, subject_sid, lane FROM due_work ORDER BY id;
DROP TABLE due_work;
ALTER TABLE new_due_work RENAME TO due_work;
CREATE INDEX due_work_in_order ON due_work (namespace, due_at_ms, id);
CREATE INDEX due_work_of_lane ON due_work (lane, wake_at_ms, id) WHERE wake_at_ms IS NOT NULL;
CREATE INDEX due_work_by_wake ON due_work (wake_at_ms) WHERE wake_at_ms IS NOT NULL;

-- Tells an account from one that had its SID before, and was deleted and swept: its namespaces begin
-- anew. A random number; 0: it is older than this column.
ALTER TABLE accounts ADD COLUMN life INTEGER NOT NULL DEFAULT 0;

-- When the first webhook wakes that a namespace has for a receiver: who looks for webhooks that are
-- due visits those lanes only, however many wait for a later time.

CREATE TABLE due_lanes (
	namespace TEXT NOT NULL,
	lane TEXT NOT NULL,
	wake_at_ms INTEGER NOT NULL,
	PRIMARY KEY (namespace, lane)
) STRICT, WITHOUT ROWID;
INSERT INTO due_lanes
	SELECT namespace, lane, min(wake_at_ms) FROM due_work
	WHERE lane <> '' AND wake_at_ms IS NOT NULL GROUP BY namespace, lane;
CREATE INDEX due_lanes_by_wake ON due_lanes (wake_at_ms);
CREATE INDEX due_webhooks ON due_work (lane, namespace, wake_at_ms, id)
	WHERE lane <> '' AND wake_at_ms IS NOT NULL;

CREATE TRIGGER due_work_made AFTER INSERT ON due_work
WHEN new.lane <> '' AND new.wake_at_ms IS NOT NULL BEGIN
	INSERT INTO due_lanes VALUES (new.namespace, new.lane, new.wake_at_ms)
		ON CONFLICT DO UPDATE SET wake_at_ms = excluded.wake_at_ms
		WHERE excluded.wake_at_ms < wake_at_ms;
END;
-- A lane whose first work is gone, or changed, goes and comes again with what is first now.
CREATE TRIGGER due_work_gone AFTER DELETE ON due_work
WHEN old.lane <> '' AND old.wake_at_ms IS NOT NULL BEGIN
	DELETE FROM due_lanes
		WHERE namespace = old.namespace AND lane = old.lane AND wake_at_ms = old.wake_at_ms;
	INSERT OR IGNORE INTO due_lanes
		SELECT namespace, lane, wake_at_ms FROM due_work
		WHERE namespace = old.namespace AND lane = old.lane AND lane <> ''
			AND wake_at_ms IS NOT NULL
		ORDER BY wake_at_ms LIMIT 1;
END;
CREATE TRIGGER due_work_changed AFTER UPDATE OF wake_at_ms ON due_work WHEN old.lane <> '' BEGIN
	DELETE FROM due_lanes WHERE namespace = old.namespace AND lane = old.lane;
	INSERT INTO due_lanes
		SELECT namespace, lane, wake_at_ms FROM due_work
		WHERE namespace = old.namespace AND lane = old.lane AND lane <> ''
			AND wake_at_ms IS NOT NULL
		ORDER BY wake_at_ms LIMIT 1;
END;
