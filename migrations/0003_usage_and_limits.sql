-- Usage by hour, billing periods, data limits in force; eSIM Profiles and Settings Updates.

-- The limit that Sims are held to: a changed data_limit reaches them some minutes later.
ALTER TABLE fleets ADD COLUMN data_limit_in_force INTEGER NOT NULL DEFAULT 1000
	CHECK (data_limit_in_force BETWEEN 1 AND 2000000);
UPDATE fleets SET data_limit_in_force = data_limit;
ALTER TABLE fleets ADD COLUMN data_limit_from_ms INTEGER NOT NULL DEFAULT 0; -- when it reaches them

-- Months are counted from the anchor; the period is the latest that has begun.
ALTER TABLE sims RENAME COLUMN date_activated_ms TO period_anchor_ms; -- 0: none yet
ALTER TABLE sims ADD COLUMN period_type TEXT CHECK (period_type IN ('ready', 'active'));
ALTER TABLE sims ADD COLUMN period_sms_commands INTEGER NOT NULL DEFAULT 0
	CHECK (period_sms_commands >= 0);
ALTER TABLE sims ADD COLUMN status_before TEXT -- of a scheduled one
	CHECK (status_before IN ('new', 'ready', 'active', 'inactive'));
ALTER TABLE sims ADD COLUMN limit_check_ms INTEGER NOT NULL DEFAULT 0; -- the one that is planned
-- What a scheduled Sim was, as far as that can be known: one that was ready passes as inactive.
UPDATE sims SET status_before = CASE
	WHEN pending_status = 'ready' OR period_start_ms = 0 THEN 'new'
	WHEN pending_status = 'active' THEN 'inactive'
	ELSE 'active' END
	WHERE status = 'scheduled';
-- A ready period is one of three months; it used to be begun anew each month. Seeds could make a
-- Sim ready or active without one.
UPDATE sims SET period_anchor_ms = iif(period_start_ms <> 0, period_start_ms, date_updated_ms)
	WHERE status IN ('ready', 'active') AND period_anchor_ms = 0;
UPDATE sims SET period_start_ms = period_anchor_ms
	WHERE status = 'ready' OR (status = 'active' AND period_start_ms = 0);
UPDATE sims SET period_data_total = min(period_data_total, 1 << 59);
UPDATE sims SET period_type = CASE WHEN status = 'ready' THEN 'ready' ELSE 'active' END
	WHERE period_start_ms <> 0;

-- The ends of ready periods become due work, as clock_add_months and account_clock_wake reckon: on
-- the last day of a month that is shorter, at most at the latest time of all.
INSERT INTO due_work (namespace, due_at_ms, wake_at_ms, kind, subject_sid, lane)
	SELECT namespace, end_ms, CASE
		WHEN clock_held = 1 OR clock_mode = 'frozen' THEN NULL
		WHEN clock_mode = 'real' OR clock_rate = 1 THEN clock_real_ms + end_ms - clock_account_ms
		ELSE clock_real_ms + CAST((end_ms - clock_account_ms) / clock_rate AS INTEGER) + 1
		END, 'sim_ready_end', sim_sid, ''
	FROM (
		SELECT a.*, s.id, s.sid AS sim_sid, coalesce(strftime('%s', min(
			date(period_anchor_ms / 1000, 'unixepoch', '+3 months'),
			date(period_anchor_ms / 1000, 'unixepoch', 'start of month', '+4 months', '-1 day')
			)) * 1000 + period_anchor_ms % 86400000, 253402300799000) AS end_ms
		FROM sims s JOIN accounts a ON a.namespace = s.namespace
		WHERE s.status = 'ready')
	ORDER BY id;

-- What devices moved, by hour, Network and Fleet of that time. Numbers instead of SIDs: there is a
-- row for each hour of each Sim. The Network's is made of its first MCC and MNC (310410); 0: none.
-- `SELECT * FROM usage` shows the same with SIDs.
ALTER TABLE usage_hours RENAME TO old_usage_hours;
CREATE TABLE usage_hours (
	sim_id INTEGER NOT NULL REFERENCES sims (id) ON DELETE CASCADE,
	hour_ms INTEGER NOT NULL,
	network INTEGER NOT NULL,
	fleet_id INTEGER NOT NULL, -- it takes its usage along when it is deleted
	data_upload INTEGER NOT NULL CHECK (data_upload >= 0), -- bytes
	data_download INTEGER NOT NULL CHECK (data_download >= 0),
	PRIMARY KEY (sim_id, hour_ms, network, fleet_id)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_hours
	SELECT s.id, u.hour_ms, 0, f.id, min(CAST(total(u.data_upload) AS INTEGER), 1 << 59),
		min(CAST(total(u.data_download) AS INTEGER), 1 << 59)
	FROM old_usage_hours u
	JOIN sims s ON s.sid = u.sim_sid AND s.namespace = u.namespace
	JOIN fleets f ON f.sid = u.fleet_sid AND f.namespace = u.namespace
	GROUP BY s.id, u.hour_ms, f.id;
DROP TABLE old_usage_hours;

-- The same, summed over Sims: what is asked about a whole account or Fleet.
CREATE TABLE usage_totals (
	namespace TEXT NOT NULL,
	hour_ms INTEGER NOT NULL,
	fleet_id INTEGER NOT NULL,
	network INTEGER NOT NULL,
	data_upload INTEGER NOT NULL CHECK (data_upload >= 0),
	data_download INTEGER NOT NULL CHECK (data_download >= 0),
	PRIMARY KEY (namespace, hour_ms, fleet_id, network)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_totals
	SELECT s.namespace, u.hour_ms, u.fleet_id, u.network,
		min(CAST(total(u.data_upload) AS INTEGER), 1 << 59),
		min(CAST(total(u.data_download) AS INTEGER), 1 << 59)
	FROM usage_hours u JOIN sims s ON s.id = u.sim_id
	GROUP BY s.namespace, u.hour_ms, u.fleet_id, u.network;

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
