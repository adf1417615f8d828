-- Accounts, Network Access Profiles and Fleets.
--
-- Times are milliseconds since 1970 in UTC, SIDs and names are text: made to be read with a SQL
-- shell. `id` is the order of creation: lists walk it downwards, page tokens hold it.

-- An account has a row only when its secret is to be checked. Others come into being on first use.
CREATE TABLE accounts (
	sid TEXT NOT NULL PRIMARY KEY CHECK (sid LIKE 'AC%' AND length(sid) = 34),
	auth_token TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
	sid TEXT NOT NULL PRIMARY KEY CHECK (sid LIKE 'SK%' AND length(sid) = 34),
	secret TEXT NOT NULL,
	account_sid TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE network_access_profiles (
	id INTEGER PRIMARY KEY,
	sid TEXT NOT NULL UNIQUE CHECK (sid LIKE 'HA%' AND length(sid) = 34),
	account_sid TEXT NOT NULL,
	unique_name TEXT CHECK (length(unique_name) BETWEEN 1 AND 64),
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX network_access_profiles_by_name
	ON network_access_profiles (account_sid, unique_name) WHERE unique_name IS NOT NULL;
CREATE INDEX network_access_profiles_by_account
	ON network_access_profiles (account_sid, id);

CREATE TABLE network_access_profile_networks (
	network_access_profile_sid TEXT NOT NULL REFERENCES network_access_profiles (sid) ON DELETE CASCADE,
	network_sid TEXT NOT NULL CHECK (network_sid LIKE 'HW%' AND length(network_sid) = 34),
	PRIMARY KEY (network_access_profile_sid, network_sid)
) STRICT, WITHOUT ROWID;

CREATE TABLE fleets (
	id INTEGER PRIMARY KEY,
	sid TEXT NOT NULL UNIQUE CHECK (sid LIKE 'HF%' AND length(sid) = 34),
	account_sid TEXT NOT NULL,
	unique_name TEXT CHECK (length(unique_name) BETWEEN 1 AND 64),
	data_enabled INTEGER NOT NULL CHECK (data_enabled IN (0, 1)),
	data_limit INTEGER NOT NULL CHECK (data_limit BETWEEN 1 AND 2000000),
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	sms_commands_enabled INTEGER NOT NULL CHECK (sms_commands_enabled IN (0, 1)),
	sms_commands_method TEXT NOT NULL CHECK (sms_commands_method IN ('GET', 'POST')),
	sms_commands_url TEXT,
	ip_commands_method TEXT NOT NULL CHECK (ip_commands_method IN ('GET', 'POST')),
	ip_commands_url TEXT,
	network_access_profile_sid TEXT NOT NULL REFERENCES network_access_profiles (sid)
) STRICT;

CREATE UNIQUE INDEX fleets_by_name ON fleets (account_sid, unique_name) WHERE unique_name IS NOT NULL;
CREATE INDEX fleets_by_account ON fleets (account_sid, id);
CREATE INDEX fleets_by_network_access_profile ON fleets (network_access_profile_sid, account_sid, id);
