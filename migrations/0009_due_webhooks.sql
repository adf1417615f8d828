-- Recording that a webhook has arrived takes its due work away: that is made cheaper.

-- Our own work alone is looked for by when it wakes, whatever its account.
DROP INDEX due_work_of_lane;
CREATE INDEX due_work_of_our_own ON due_work (lane, wake_at_ms, id)
	WHERE lane = '' AND wake_at_ms IS NOT NULL;

-- A lane is left alone while it has work that wakes as early as what is gone.
DROP TRIGGER due_work_gone;
CREATE TRIGGER due_work_gone AFTER DELETE ON due_work
WHEN old.lane <> '' AND old.wake_at_ms IS NOT NULL AND NOT EXISTS (
	SELECT 1 FROM due_work
	WHERE lane = old.lane AND namespace = old.namespace AND lane <> ''
		AND wake_at_ms <= old.wake_at_ms
) BEGIN
	DELETE FROM due_lanes WHERE namespace = old.namespace AND lane = old.lane;
	INSERT INTO due_lanes
		SELECT namespace, lane, wake_at_ms FROM due_work
		WHERE namespace = old.namespace AND lane = old.lane AND lane <> ''
			AND wake_at_ms IS NOT NULL
		ORDER BY wake_at_ms LIMIT 1;
END;
