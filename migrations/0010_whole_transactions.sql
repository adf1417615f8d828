-- A write that fails undoes all of its job, so no statement has to be able to undo itself: for that
-- SQLite would copy each page that the statement changes. It does so for what changes several rows, as
-- a trigger may, and might fail with ABORT, which is the default. What DO UPDATE changes always might,
-- if its column had to be checked for NULL.

CREATE TABLE new_delivery_counts (
	namespace TEXT NOT NULL,
	state TEXT NOT NULL,
	count INTEGER, -- never NULL
	PRIMARY KEY (namespace, state)
) STRICT, WITHOUT ROWID;
INSERT INTO new_delivery_counts SELECT * FROM delivery_counts;
DROP TRIGGER delivery_made;
DROP TRIGGER delivery_changed;
DROP TRIGGER delivery_gone;
DROP TABLE delivery_counts;
ALTER TABLE new_delivery_counts RENAME TO delivery_counts;
CREATE TRIGGER delivery_made AFTER INSERT ON deliveries BEGIN
	INSERT OR FAIL INTO delivery_counts VALUES (new.namespace, new.state, 1)
		ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON deliveries WHEN old.state <> new.state BEGIN
	INSERT OR FAIL INTO delivery_counts VALUES (new.namespace, new.state, 1)
		ON CONFLICT DO UPDATE SET count = count + 1;
	UPDATE OR FAIL delivery_counts SET count = count - 1
		WHERE namespace = old.namespace AND state = old.state;
END;
CREATE TRIGGER delivery_gone AFTER DELETE ON deliveries BEGIN
	UPDATE OR FAIL delivery_counts SET count = count - 1
		WHERE namespace = old.namespace AND state = old.state;
	DELETE FROM delivery_counts
		WHERE namespace = old.namespace AND state = old.state AND count = 0;
END;
DROP TRIGGER due_work_gone;
CREATE TRIGGER due_work_gone AFTER DELETE ON due_work
WHEN old.lane <> '' AND old.wake_at_ms IS NOT NULL AND NOT EXISTS (
	SELECT 1 FROM due_work
	WHERE lane = old.lane AND namespace = old.namespace AND lane <> ''
		AND wake_at_ms <= old.wake_at_ms
) BEGIN
	DELETE FROM due_lanes WHERE namespace = old.namespace AND lane = old.lane;
	INSERT OR FAIL INTO due_lanes
		SELECT namespace, lane, wake_at_ms FROM due_work
		WHERE namespace = old.namespace AND lane = old.lane AND lane <> ''
			AND wake_at_ms IS NOT NULL
		ORDER BY wake_at_ms LIMIT 1;
END;
