-- The schema that a new database begins with: what all of migrations/ would make of it, at once.
-- Printed by tests/support/print-schema; a test compares.

CREATE TABLE api_keys (
	sid TEXT NOT NULL PRIMARY KEY CHECK (sid LIKE 'SK%' AND length(sid) = 34),
	secret TEXT NOT NULL,
	account_sid TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE "accounts" (
	sid TEXT NOT NULL PRIMARY KEY CHECK (sid LIKE 'AC%' AND length(sid) = 34),
	namespace TEXT NOT NULL,
	auth_token TEXT NOT NULL, -- signs webhooks; empty until one is known
	token_checked INTEGER NOT NULL CHECK (token_checked IN (0, 1)), -- 1: calls with another are refused
	ended INTEGER NOT NULL CHECK (ended IN (0, 1)), -- 1: deleted; the row goes when its rows are swept
	ttl_ms INTEGER NOT NULL, -- it ends when idle for so long; 0: never
	date_created_ms INTEGER NOT NULL,
	clock_mode TEXT NOT NULL CHECK (clock_mode IN ('real', 'frozen', 'scaled')),
	clock_rate REAL NOT NULL,
	clock_real_ms INTEGER NOT NULL, -- at this moment of real time
	clock_account_ms INTEGER NOT NULL, -- the account's clock showed this
	clock_held INTEGER NOT NULL CHECK (clock_held IN (0, 1)) -- it is being advanced
, life INTEGER NOT NULL DEFAULT 0, made INTEGER NOT NULL DEFAULT 0 CHECK (made IN (0, 1))) STRICT, WITHOUT ROWID;

CREATE TABLE ended_namespaces (
	namespace TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE "network_access_profiles" (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'HA%' AND length(sid) = 34),
	unique_name TEXT CHECK (length(unique_name) BETWEEN 1 AND 64),
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	UNIQUE (sid, namespace)
) STRICT;

CREATE TABLE "network_access_profile_networks" (
	namespace TEXT NOT NULL,
	network_access_profile_sid TEXT NOT NULL,
	network_sid TEXT NOT NULL CHECK (network_sid LIKE 'HW%' AND length(network_sid) = 34),
	PRIMARY KEY (network_access_profile_sid, namespace, network_sid),
	FOREIGN KEY (network_access_profile_sid, namespace)
		REFERENCES "network_access_profiles" (sid, namespace) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE "fleets" (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'HF%' AND length(sid) = 34),
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
	network_access_profile_sid TEXT NOT NULL, data_limit_in_force INTEGER NOT NULL DEFAULT 1000
	CHECK (data_limit_in_force BETWEEN 1 AND 2000000), data_limit_from_ms INTEGER NOT NULL DEFAULT 0,
	UNIQUE (sid, namespace),
	FOREIGN KEY (network_access_profile_sid, namespace) REFERENCES "network_access_profiles" (sid, namespace)
) STRICT;

CREATE UNIQUE INDEX network_access_profiles_by_name
	ON network_access_profiles (namespace, unique_name) WHERE unique_name IS NOT NULL;

CREATE INDEX network_access_profiles_in_order ON network_access_profiles (namespace, id);

CREATE INDEX network_access_profile_networks_of_namespace
	ON network_access_profile_networks (namespace);

CREATE UNIQUE INDEX fleets_by_name ON fleets (namespace, unique_name) WHERE unique_name IS NOT NULL;

CREATE INDEX fleets_in_order ON fleets (namespace, id);

CREATE INDEX fleets_by_network_access_profile ON fleets (network_access_profile_sid, namespace, id);

CREATE TABLE sim_cards (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL,
	iccid TEXT NOT NULL,
	registration_code TEXT NOT NULL CHECK (length(registration_code) = 10),
	UNIQUE (sid, namespace),
	UNIQUE (iccid, namespace)
) STRICT;

CREATE INDEX sim_cards_in_order ON sim_cards (namespace, id);

CREATE TABLE sims (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'HS%' AND length(sid) = 34),
	unique_name TEXT CHECK (length(unique_name) BETWEEN 1 AND 64),
	status TEXT NOT NULL CHECK (status IN ('new', 'ready', 'active', 'inactive', 'scheduled')),
	fleet_sid TEXT,
	iccid TEXT NOT NULL CHECK (length(iccid) BETWEEN 18 AND 22),
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	registration_code TEXT NOT NULL,
	pending_status TEXT CHECK (pending_status IN ('ready', 'active', 'inactive')),
	callback_url TEXT,
	callback_method TEXT NOT NULL CHECK (callback_method IN ('GET', 'POST')),
	attached INTEGER NOT NULL CHECK (attached IN (0, 1)),
	ip_address TEXT,
	device_udp TEXT, -- where the device under test listens
	network_sid TEXT,
	period_anchor_ms INTEGER NOT NULL, -- 0: never ready or active yet
	period_start_ms INTEGER NOT NULL, -- of the billing period that period_data_total counts
	period_data_total INTEGER NOT NULL CHECK (period_data_total >= 0), -- bytes
	blocked_since_ms INTEGER NOT NULL, period_type TEXT CHECK (period_type IN ('ready', 'active')), period_sms_commands INTEGER NOT NULL DEFAULT 0
	CHECK (period_sms_commands >= 0), status_before TEXT -- of a scheduled one
	CHECK (status_before IN ('new', 'ready', 'active', 'inactive')), limit_check_ms INTEGER NOT NULL DEFAULT 0, -- 0: not blocked
	UNIQUE (sid, namespace),
	UNIQUE (iccid, namespace),
	CHECK ((status = 'scheduled') = (pending_status IS NOT NULL)),
	CHECK (fleet_sid IS NOT NULL OR status NOT IN ('ready', 'active')),
	FOREIGN KEY (fleet_sid, namespace) REFERENCES fleets (sid, namespace)
) STRICT;

CREATE UNIQUE INDEX sims_by_name ON sims (namespace, unique_name) WHERE unique_name IS NOT NULL;

CREATE INDEX sims_in_order ON sims (namespace, id);

CREATE INDEX sims_by_status ON sims (namespace, status, id);

CREATE INDEX sims_by_fleet ON sims (fleet_sid, namespace, id);

CREATE UNIQUE INDEX sims_by_device ON sims (device_udp, namespace) WHERE device_udp IS NOT NULL;

CREATE TABLE sms_commands (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'HC%' AND length(sid) = 34),
	payload TEXT NOT NULL,
	sim_sid TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('queued', 'sent', 'delivered', 'received', 'failed')),
	direction TEXT NOT NULL CHECK (direction IN ('to_sim', 'from_sim')),
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	callback_url TEXT,
	callback_method TEXT NOT NULL CHECK (callback_method IN ('GET', 'POST')),
	UNIQUE (sid, namespace),
	CHECK ((status = 'received') = (direction = 'from_sim')),
	FOREIGN KEY (sim_sid, namespace) REFERENCES sims (sid, namespace) ON UPDATE CASCADE
) STRICT;

CREATE INDEX sms_commands_in_order ON sms_commands (namespace, id);

CREATE INDEX sms_commands_by_status ON sms_commands (namespace, status, id);

CREATE INDEX sms_commands_by_sim ON sms_commands (sim_sid, namespace, id);

CREATE TABLE ip_commands (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'HG%' AND length(sid) = 34),
	sim_sid TEXT NOT NULL,
	sim_iccid TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('queued', 'sent', 'received', 'failed')),
	direction TEXT NOT NULL CHECK (direction IN ('to_sim', 'from_sim')),
	device_ip TEXT,
	device_port INTEGER NOT NULL CHECK (device_port BETWEEN 0 AND 65535),
	payload_type TEXT NOT NULL CHECK (payload_type IN ('text', 'binary')),
	payload TEXT NOT NULL,
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	callback_url TEXT,
	callback_method TEXT NOT NULL CHECK (callback_method IN ('GET', 'POST')),
	UNIQUE (sid, namespace),
	CHECK ((status = 'received') = (direction = 'from_sim')),
	FOREIGN KEY (sim_sid, namespace) REFERENCES sims (sid, namespace) ON UPDATE CASCADE
) STRICT;

CREATE INDEX ip_commands_in_order ON ip_commands (namespace, id);

CREATE INDEX ip_commands_by_status ON ip_commands (namespace, status, id);

CREATE INDEX ip_commands_by_sim ON ip_commands (sim_sid, namespace, id);

CREATE TABLE deliveries (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'WD%' AND length(sid) = 34),
	event TEXT NOT NULL,
	subject_sid TEXT NOT NULL,
	fleet_sid TEXT,
	state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
	error_code INTEGER NOT NULL, -- Twilio's, of the last attempt; 0: none
	method TEXT NOT NULL CHECK (method IN ('GET', 'POST')),
	url TEXT NOT NULL,
	form TEXT NOT NULL, -- the parameters, form-encoded
	idempotency_token TEXT NOT NULL,
	attempt_count INTEGER NOT NULL,
	quick_retries INTEGER NOT NULL, -- those that Twilio's rc and rp gave
	scheduled_retries INTEGER NOT NULL, -- those of --webhook-retries
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	next_attempt_ms INTEGER NOT NULL, -- the account's time; 0: none
	UNIQUE (sid, namespace)
) STRICT;

CREATE INDEX deliveries_in_order ON deliveries (namespace, id);

CREATE INDEX deliveries_by_state ON deliveries (namespace, state, id);

CREATE INDEX deliveries_by_fleet ON deliveries (fleet_sid, namespace, id);

CREATE INDEX deliveries_pending ON deliveries (state) WHERE state = 'pending';

CREATE TABLE delivery_attempts (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'WA%' AND length(sid) = 34),
	delivery_sid TEXT NOT NULL,
	number INTEGER NOT NULL,
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	result TEXT NOT NULL, -- delivered, or a class of error
	error_code INTEGER NOT NULL,
	error TEXT,
	request_url TEXT NOT NULL,
	request_headers TEXT NOT NULL,
	request_body TEXT,
	signature TEXT NOT NULL,
	signed_text TEXT NOT NULL,
	peer TEXT,
	status INTEGER NOT NULL, -- 0: no answer
	answer_headers TEXT,
	answer_body TEXT, -- its first 64 KiB
	answer_cut INTEGER NOT NULL CHECK (answer_cut IN (0, 1)),
	lookup_us INTEGER NOT NULL,
	connect_us INTEGER NOT NULL,
	first_byte_us INTEGER NOT NULL,
	total_us INTEGER NOT NULL, fault TEXT,
	UNIQUE (sid, namespace),
	FOREIGN KEY (delivery_sid, namespace) REFERENCES deliveries (sid, namespace) ON DELETE CASCADE
) STRICT;

CREATE INDEX delivery_attempts_in_order ON delivery_attempts (namespace, id);

CREATE INDEX delivery_attempts_by_delivery ON delivery_attempts (delivery_sid, namespace, id);

CREATE TABLE sinks (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL,
	unique_name TEXT NOT NULL,
	answers TEXT NOT NULL, -- a JSON array
	answered INTEGER NOT NULL, -- how many requests were
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	UNIQUE (sid, namespace)
) STRICT;

CREATE UNIQUE INDEX sinks_by_name ON sinks (namespace, unique_name) WHERE unique_name IS NOT NULL;

CREATE INDEX sinks_in_order ON sinks (namespace, id);

CREATE TABLE sink_requests (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL,
	sink_sid TEXT NOT NULL,
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	method TEXT NOT NULL,
	url TEXT NOT NULL,
	headers TEXT NOT NULL, -- a JSON object
	body TEXT NOT NULL,
	signature_valid INTEGER NOT NULL CHECK (signature_valid IN (0, 1)),
	answered_status INTEGER NOT NULL, body_base64 TEXT,
	UNIQUE (sid, namespace),
	FOREIGN KEY (sink_sid, namespace) REFERENCES sinks (sid, namespace) ON DELETE CASCADE
) STRICT;

CREATE INDEX sink_requests_in_order ON sink_requests (namespace, id);

CREATE INDEX sink_requests_by_sink ON sink_requests (sink_sid, namespace, id);

CREATE TABLE usage_hours (
	sim_id INTEGER NOT NULL REFERENCES sims (id) ON DELETE CASCADE,
	hour_ms INTEGER NOT NULL,
	network INTEGER NOT NULL,
	fleet_id INTEGER NOT NULL, -- it takes its usage along when it is deleted
	data_upload INTEGER NOT NULL CHECK (data_upload >= 0), -- bytes
	data_download INTEGER NOT NULL CHECK (data_download >= 0),
	PRIMARY KEY (sim_id, hour_ms, network, fleet_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_totals (
	namespace TEXT NOT NULL,
	hour_ms INTEGER NOT NULL,
	fleet_id INTEGER NOT NULL,
	network INTEGER NOT NULL,
	data_upload INTEGER NOT NULL CHECK (data_upload >= 0),
	data_download INTEGER NOT NULL CHECK (data_download >= 0),
	PRIMARY KEY (namespace, hour_ms, fleet_id, network)
) STRICT, WITHOUT ROWID;

CREATE VIEW usage AS
	SELECT s.namespace, s.sid AS sim_sid, u.hour_ms, u.network, f.sid AS fleet_sid,
		u.data_upload, u.data_download
	FROM usage_hours u JOIN sims s ON s.id = u.sim_id JOIN fleets f ON f.id = u.fleet_id;

CREATE TABLE esim_profiles (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'HP%' AND length(sid) = 34),
	iccid TEXT,
	sim_sid TEXT,
	status TEXT NOT NULL
		CHECK (status IN ('new', 'reserving', 'available', 'downloaded', 'installed', 'failed')),
	eid TEXT,
	smdp_plus_address TEXT,
	matching_id TEXT,
	activation_code TEXT,
	error_code TEXT,
	error_message TEXT,
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	generate_matching_id INTEGER NOT NULL CHECK (generate_matching_id IN (0, 1)),
	callback_url TEXT,
	callback_method TEXT NOT NULL CHECK (callback_method IN ('GET', 'POST')),
	UNIQUE (sid, namespace),
	CHECK (eid IS NOT NULL OR generate_matching_id = 1),
	FOREIGN KEY (sim_sid, namespace) REFERENCES sims (sid, namespace) ON UPDATE CASCADE
) STRICT;

CREATE INDEX esim_profiles_in_order ON esim_profiles (namespace, id);

CREATE INDEX esim_profiles_by_eid ON esim_profiles (eid, namespace, id);

CREATE INDEX esim_profiles_by_sim ON esim_profiles (sim_sid, namespace, id);

CREATE INDEX esim_profiles_by_status ON esim_profiles (namespace, status, id);

CREATE TABLE settings_updates (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	sid TEXT NOT NULL CHECK (sid LIKE 'OB%' AND length(sid) = 34),
	iccid TEXT NOT NULL,
	sim_sid TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('scheduled', 'in-progress', 'successful', 'failed')),
	packages TEXT NOT NULL, -- a JSON array
	date_completed_ms INTEGER NOT NULL, -- 0: not yet
	date_created_ms INTEGER NOT NULL,
	date_updated_ms INTEGER NOT NULL,
	UNIQUE (sid, namespace),
	FOREIGN KEY (sim_sid, namespace) REFERENCES sims (sid, namespace) ON UPDATE CASCADE
) STRICT;

CREATE INDEX settings_updates_in_order ON settings_updates (namespace, id);

CREATE INDEX settings_updates_by_sim ON settings_updates (sim_sid, namespace, id);

CREATE INDEX settings_updates_by_status ON settings_updates (namespace, status, id);

CREATE TABLE delivery_counts (
	namespace TEXT NOT NULL,
	state TEXT NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (namespace, state)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE "due_work" (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	namespace TEXT NOT NULL,
	due_at_ms INTEGER NOT NULL, -- the account's time
	wake_at_ms INTEGER, -- the same in real time; NULL: the clock does not run
	kind TEXT NOT NULL,
	subject_sid TEXT NOT NULL,
	lane TEXT NOT NULL -- a webhook's receiver (scheme, host, port); empty for our own work
) STRICT;

CREATE INDEX due_work_in_order ON due_work (namespace, due_at_ms, id);

CREATE INDEX due_work_by_wake ON due_work (wake_at_ms) WHERE wake_at_ms IS NOT NULL;

CREATE TABLE due_lanes (
	namespace TEXT NOT NULL,
	lane TEXT NOT NULL,
	wake_at_ms INTEGER NOT NULL,
	PRIMARY KEY (namespace, lane)
) STRICT, WITHOUT ROWID;

CREATE INDEX due_lanes_by_wake ON due_lanes (wake_at_ms);

CREATE INDEX due_webhooks ON due_work (lane, namespace, wake_at_ms, id)
	WHERE lane <> '' AND wake_at_ms IS NOT NULL;

CREATE TRIGGER due_work_made AFTER INSERT ON due_work
WHEN new.lane <> '' AND new.wake_at_ms IS NOT NULL BEGIN
	INSERT INTO due_lanes VALUES (new.namespace, new.lane, new.wake_at_ms)
		ON CONFLICT DO UPDATE SET wake_at_ms = excluded.wake_at_ms
		WHERE excluded.wake_at_ms < wake_at_ms;
END;

CREATE TRIGGER due_work_changed AFTER UPDATE OF wake_at_ms ON due_work WHEN old.lane <> '' BEGIN
	DELETE FROM due_lanes WHERE namespace = old.namespace AND lane = old.lane;
	INSERT INTO due_lanes
		SELECT namespace, lane, wake_at_ms FROM due_work
		WHERE namespace = old.namespace AND lane = old.lane AND lane <> ''
			AND wake_at_ms IS NOT NULL
		ORDER BY wake_at_ms LIMIT 1;
END;

CREATE TABLE ended_accounts (
	id INTEGER PRIMARY KEY, -- in the order of their ends
	sid TEXT NOT NULL UNIQUE CHECK (sid LIKE 'AC%' AND length(sid) = 34),
	ended_at_ms INTEGER NOT NULL -- real time
) STRICT;

CREATE TABLE faults (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL UNIQUE,
	rules TEXT NOT NULL, -- a JSON array, in their order
	seed INTEGER, -- of the dice; NULL: the process's
	concurrent INTEGER NOT NULL CHECK (concurrent >= 0) -- 0: any number
) STRICT;

CREATE INDEX due_work_of_our_own ON due_work (lane, wake_at_ms, id)
	WHERE lane = '' AND wake_at_ms IS NOT NULL;

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
