-- How many deliveries a namespace has in each state: what history is trimmed by, without counting.

CREATE TABLE delivery_counts (
	namespace TEXT NOT NULL,
	state TEXT NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (namespace, state)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery_counts
	SELECT namespace, state, count(*) FROM deliveries GROUP BY namespace, state;

CREATE TRIGGER delivery_made AFTER INSERT ON deliveries BEGIN
	INSERT INTO delivery_counts VALUES (new.namespace, new.state, 1)
		ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON deliveries WHEN old.state <> new.state BEGIN
	INSERT INTO delivery_counts VALUES (new.namespace, new.state, 1)
		ON CONFLICT DO UPDATE SET count = count + 1;
	UPDATE delivery_counts SET count = count - 1
		WHERE namespace = old.namespace AND state = old.state;
END;
CREATE TRIGGER delivery_gone AFTER DELETE ON deliveries BEGIN
	UPDATE delivery_counts SET count = count - 1
		WHERE namespace = old.namespace AND state = old.state;
	DELETE FROM delivery_counts
		WHERE namespace = old.namespace AND state = old.state AND count = 0;
END;
