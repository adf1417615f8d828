-- Accounts that a call had made and that have ended: their SIDs are refused until they are made again,
-- so that a late test fails instead of going on in an empty account. The newest are kept.

CREATE TABLE ended_accounts (
	id INTEGER PRIMARY KEY, -- in the order of their ends
	sid TEXT NOT NULL UNIQUE CHECK (sid LIKE 'AC%' AND length(sid) = 34),
	ended_at_ms INTEGER NOT NULL -- real time
) STRICT;

-- Whether a call made the account; others spring into being, and do so again. Only calls give a time
-- to live.
ALTER TABLE accounts ADD COLUMN made INTEGER NOT NULL DEFAULT 0 CHECK (made IN (0, 1));
UPDATE accounts SET made = 1 WHERE ttl_ms > 0;
