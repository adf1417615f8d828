-- What is done to an account's traffic on purpose: its fault rules, and how many requests may be in
-- work at once. It goes with its namespace.

CREATE TABLE faults (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL UNIQUE,
	rules TEXT NOT NULL, -- a JSON array, in their order
	seed INTEGER, -- of the dice; NULL: the process's
	concurrent INTEGER NOT NULL CHECK (concurrent >= 0) -- 0: any number
) STRICT;

-- The fault that hit an attempt to send a webhook.
ALTER TABLE delivery_attempts ADD COLUMN fault TEXT;
