/* SPDX-License-Identifier: MIT */
/*
 * Usage Records: what devices moved, summed by time and by one more dimension. They are computed
 * when they are read.
 *
 * A list goes through stretches of time, newest first, and in each through its groups, in the order
 * of a number that every group has. Both together make the place of a record in the list, which
 * page tokens hold.
 *
 * Parameters, properties, their order and the rules about time follow Twilio's Usage Record page,
 * OpenAPI file and error dictionary (836xx).
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "service/networks.h"
#include "store/usage.h"
#include "util/clock.h"
#include "util/count.h"
#include "util/strbuf.h"

static const int64_t hour_ms = INT64_C(3600000), day_ms = INT64_C(86400000);

/* The hours until CLOCK_LATEST_MS take 27 bits: with a group's number they fill 63. */
enum { GROUP_BITS = 36 };
_Static_assert(
	CLOCK_LATEST_MS / 3600000 < INT64_MAX >> GROUP_BITS, "a place has no room for all hours");

enum { NETWORKS_MAXIMUM = 64 * 1024, LONGEST_DAYS = 31, LONGEST_MONTHS = 18 };

enum usage_group { BY_NOTHING, BY_SIM, BY_FLEET, BY_NETWORK, BY_COUNTRY };
static const char *const groups[] = {
	[BY_SIM] = "sim",
	[BY_FLEET] = "fleet",
	[BY_NETWORK] = "network",
	[BY_COUNTRY] = "isoCountry",
	NULL,
};

enum granularity { GRANULARITY_NONE, GRANULARITY_HOUR, GRANULARITY_DAY, GRANULARITY_ALL };
static const char *const granularities[] = {
	[GRANULARITY_HOUR] = "hour",
	[GRANULARITY_DAY] = "day",
	[GRANULARITY_ALL] = "all",
	NULL,
};

struct usage_record {
	const char *period;
	const char *account_sid;
	int64_t data_upload;
	int64_t data_download;
	int64_t data_total;
	const char *data_total_billed;
	const char *billed_unit;
	const char *sim_sid;
	const char *fleet_sid;
	const char *network_sid;
	const char *iso_country;
	/* Parameters. */
	enum usage_group group;
	enum granularity granularity;
	int64_t start_time, end_time;
};

static const struct field usage_record_fields[] = {
	{ FIELD_OF(usage_record, period), .kind = FIELD_JSON, .shape = SHAPE({
		 "type" : "object",
		 "properties" : {
			 "start_time" : { "type" : "string", "format" : "date-time" },
			 "end_time" : { "type" : "string", "format" : "date-time" }
		 },
		 "required" : [ "start_time", "end_time" ]
	 }) },
	{ FIELD_OF(usage_record, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(usage_record, data_upload), .kind = FIELD_INTEGER },
	{ FIELD_OF(usage_record, data_download), .kind = FIELD_INTEGER },
	{ FIELD_OF(usage_record, data_total), .kind = FIELD_INTEGER },
	{ FIELD_OF(usage_record, data_total_billed), .kind = FIELD_JSON,
		.shape = SHAPE({ "type" : "number" }) },
	{ FIELD_OF(usage_record, billed_unit), .kind = FIELD_TEXT },
	{ FIELD_OF(usage_record, sim_sid), .parameter = "Sim", .kind = FIELD_REFERENCE,
		.flags = ON_LIST, .target = &sim_resource },
	{ FIELD_OF(usage_record, fleet_sid), .parameter = "Fleet", .kind = FIELD_REFERENCE,
		.flags = ON_LIST, .target = &fleet_resource },
	{ FIELD_OF(usage_record, network_sid), .parameter = "Network", .kind = FIELD_REFERENCE,
		.flags = ON_LIST, .target = &network_resource },
	{ FIELD_OF(usage_record, iso_country), .parameter = "IsoCountry", .kind = FIELD_TEXT,
		.minimum = 2, .maximum = 2, .flags = ON_LIST,
		.takes = "a country's two letters, such as US" },
	{ FIELD_OF(usage_record, group), .parameter = "Group", .kind = FIELD_ENUM, .names = groups,
		.flags = ON_LIST | HIDDEN },
	{ FIELD_OF(usage_record, granularity), .parameter = "Granularity", .kind = FIELD_ENUM,
		.names = granularities, .flags = ON_LIST | HIDDEN },
	{ FIELD_OF(usage_record, start_time), .parameter = "StartTime", .kind = FIELD_TIME,
		.flags = ON_LIST | HIDDEN },
	{ FIELD_OF(usage_record, end_time), .parameter = "EndTime", .kind = FIELD_TIME,
		.flags = ON_LIST | HIDDEN },
};

#define USAGE_FIELD(member)                                                                        \
	resource_member_bit(&usage_record_resource, offsetof(struct usage_record, member))

/* ── which time ──────────────────────────────────────────────────────────────────────────── */

/* A stretch of time that one record is about. */
struct stretch {
	int64_t from_ms, to_ms;
};

/* What is asked for. */
struct usage_query {
	const struct usage_record *filter;
	int64_t length_ms;   /* of a stretch; 0: there is one only */
	struct stretch time; /* all of it */
	/* The same in whole hours: usage is kept by the hour, so one that is cut counts as a whole.
	 */
	struct stretch hours;
};

static struct api_error refuse(struct context *context, enum error_case which)
{
	return error_new(context->arena, which, NULL);
}

static struct api_error refuse_order(struct context *context)
{
	struct api_error error = error_new(context->arena, ERROR_USAGE_PARAMETER, "StartTime");
	error.hint =
		"StartTime: before EndTime which, when it is not given, is the account's time: "
		"GET /_emulator/clock shows that";
	return error;
}

static bool is_too_long(const struct usage_query *query)
{
	const struct stretch *time = &query->time;
	if (query->length_ms == hour_ms)
		return time->to_ms - time->from_ms > LONGEST_DAYS * day_ms;
	const int months = query->length_ms == day_ms ? 3 : LONGEST_MONTHS;
	return time->from_ms < clock_add_months(time->to_ms, -months);
}

/* True when the time that is asked for ends now, at the very moment that an hour begins, in which
 * devices may have moved data already: clocks can stand still. */
static bool hour_begins_now(const struct usage_query *query, field_set given)
{
	return !(given & USAGE_FIELD(end_time)) && query->time.to_ms % hour_ms == 0;
}

static struct api_error check_time(
	struct context *context, const struct usage_query *query, field_set given)
{
	const struct stretch *time = &query->time;
	const int64_t length_ms = query->length_ms;
	const bool off_start = (given & USAGE_FIELD(start_time)) && length_ms != 0 &&
			       time->from_ms % length_ms != 0;
	const bool off_end =
		(given & USAGE_FIELD(end_time)) && length_ms != 0 && time->to_ms % length_ms != 0;
	if (off_start || off_end)
		return refuse(context,
			length_ms == day_ms ? ERROR_USAGE_NOT_ON_DAY : ERROR_USAGE_NOT_ON_HOUR);
	if (time->from_ms >= time->to_ms + hour_begins_now(query, given))
		return refuse_order(context);
	if (time->from_ms < clock_add_months(context->now_ms, -LONGEST_MONTHS))
		return refuse(context, ERROR_USAGE_OLD);
	if (query->filter->group == BY_SIM && time->to_ms - time->from_ms > LONGEST_DAYS * day_ms)
		return refuse(context, ERROR_USAGE_LONG_FOR_SIMS);
	return is_too_long(query) ? refuse(context, ERROR_USAGE_LONG) : error_none();
}

static struct api_error read_query(struct context *context, const struct usage_record *filter,
	field_set given, struct usage_query *ret_query)
{
	struct stretch *time = &ret_query->time;
	*ret_query = (struct usage_query){ .filter = filter };
	if (filter->granularity == GRANULARITY_HOUR)
		ret_query->length_ms = hour_ms;
	else if (filter->granularity == GRANULARITY_DAY)
		ret_query->length_ms = day_ms;
	time->to_ms = given & USAGE_FIELD(end_time) ? filter->end_time : context->now_ms;
	time->from_ms = given & USAGE_FIELD(start_time) ? filter->start_time
							: clock_add_months(time->to_ms, -1);
	const struct api_error error = check_time(context, ret_query, given);
	const int64_t unit_ms = ret_query->length_ms != 0 ? ret_query->length_ms : hour_ms;
	if (ret_query->length_ms != 0 || !(given & USAGE_FIELD(start_time)))
		time->from_ms -= time->from_ms % unit_ms;
	const int64_t last_ms = time->to_ms - 1 + hour_begins_now(ret_query, given);
	ret_query->hours = (struct stretch){ time->from_ms - time->from_ms % hour_ms,
		last_ms - last_ms % hour_ms + hour_ms };
	return error;
}

/* ── groups ──────────────────────────────────────────────────────────────────────────────── */

struct group {
	int64_t number; /* 1 or more */
	const char *sid;
	int64_t network;
	int64_t data_upload, data_download;
};

/* The groups of one stretch, highest number first. */
struct group_set {
	struct arena *arena;
	const struct usage_query *query;
	struct group *groups;
	size_t count, capacity;
	bool failed; /* no memory */
};

static const char *country_of(int64_t network)
{
	size_t place;
	return network_find_number(network, &place) ? network_iso_country(place) : NULL;
}

/* What a sum counts to. Numbers differ within a dimension and never change. */
static int64_t number_of(const struct usage_query *query, const struct store_usage_sum *sum)
{
	const char *country;
	switch (query->filter->group) {
	case BY_NOTHING: break;
	case BY_SIM: return query->filter->sim_sid == NULL ? sum->id : 1;
	case BY_FLEET: return sum->id;
	case BY_NETWORK: return sum->network + 1;
	case BY_COUNTRY:
		country = country_of(sum->network);
		return country != NULL ? country[0] << 8 | country[1] : 1;
	}
	return 1;
}

/* The place of a number, or where it would stand. */
static size_t place_of(const struct group_set *set, int64_t number)
{
	size_t low = 0, high = set->count;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (set->groups[middle].number > number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool make_room(struct group_set *set)
{
	if (set->count < set->capacity)
		return true;
	const size_t capacity = set->capacity > 0 ? 2 * set->capacity : 64;
	struct group *grown = arena_alloc(set->arena, capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	if (set->count > 0)
		memcpy(grown, set->groups, set->count * sizeof(*grown));
	set->groups = grown;
	set->capacity = capacity;
	return true;
}

static struct group *insert_group(
	struct group_set *set, size_t place, int64_t number, const struct store_usage_sum *sum)
{
	const char *sid =
		sum->sid != NULL ? arena_copy(set->arena, sum->sid, strlen(sum->sid)) : "";
	if (sid == NULL || !make_room(set))
		return NULL;
	memmove(set->groups + place + 1, set->groups + place,
		(set->count - place) * sizeof(*set->groups));
	set->count++;
	set->groups[place] = (struct group){ number, sid, sum->network, 0, 0 };
	return &set->groups[place];
}

static int64_t add_bytes(int64_t some, int64_t more)
{
	return some > INT64_MAX - more ? INT64_MAX : some + more;
}

static void add_sum(void *closure, const struct store_usage_sum *sum)
{
	struct group_set *set = closure;
	const int64_t number = number_of(set->query, sum);
	const size_t place = place_of(set, number);
	const bool known = place < set->count && set->groups[place].number == number;
	struct group *group = known ? &set->groups[place] : insert_group(set, place, number, sum);
	if (group == NULL) {
		set->failed = true;
		return;
	}
	group->data_upload = add_bytes(group->data_upload, sum->data_upload);
	group->data_download = add_bytes(group->data_download, sum->data_download);
}

/* ── walking through the list ────────────────────────────────────────────────────────────── */

struct traversal {
	struct context *context;
	struct usage_query query;
	struct store_usage_filter usage; /* of the stretch that is looked at */
	bool by_sim;			 /* Sims are so many that only those of a page are read */
	struct group_set set;		 /* the groups of the stretch */
	record_visitor *visit;
	void *closure;
	struct store_page page;
	size_t limit;
	bool failed;
};

static int64_t position_of(struct stretch stretch, int64_t number)
{
	return stretch.from_ms / hour_ms << GROUP_BITS | number;
}

static int64_t number_in(int64_t position)
{
	return position & ((INT64_C(1) << GROUP_BITS) - 1);
}

/* The stretch that an hour is in. */
static struct stretch stretch_of(const struct usage_query *query, int64_t at_ms)
{
	const int64_t length_ms = query->length_ms;
	if (length_ms == 0)
		return query->hours;
	return (struct stretch){ at_ms - at_ms % length_ms, at_ms - at_ms % length_ms + length_ms };
}

/* The newest stretch with usage before `before_ms`, or the oldest one from `from_ms` on. False:
 * there is none. */
static bool find_stretch(struct traversal *traversal, struct stretch within, bool newest,
	struct stretch *ret_stretch)
{
	int64_t found_ms;
	traversal->usage.from_ms = within.from_ms;
	traversal->usage.to_ms = within.to_ms;
	struct store_connection *connection = traversal->context->connection;
	const enum store_result result =
		newest ? store_newest_usage(connection, &traversal->usage, &found_ms)
		       : store_oldest_usage(connection, &traversal->usage, &found_ms);
	traversal->failed = traversal->failed || result == STORE_FAILED;
	if (result != STORE_OK)
		return false;
	*ret_stretch = stretch_of(&traversal->query, found_ms);
	return true;
}

/* Reads the groups of a stretch. Of Sims only the nearest `limit` ones, below or above `number`. */
static void read_groups(struct traversal *traversal, struct stretch stretch, bool below,
	int64_t number, size_t limit)
{
	struct store_connection *connection = traversal->context->connection;
	struct group_set *set = &traversal->set;
	enum store_result result;
	set->count = 0;
	traversal->usage.from_ms = stretch.from_ms;
	traversal->usage.to_ms = stretch.to_ms;
	if (!traversal->by_sim)
		result = store_sum_usage(connection, &traversal->usage, add_sum, set);
	else if (below)
		result = store_sum_usage_below(
			connection, &traversal->usage, number, limit, add_sum, set);
	else
		result = store_sum_usage_above(
			connection, &traversal->usage, number, limit, add_sum, set);
	traversal->failed = traversal->failed || result != STORE_OK || set->failed;
}

/* ── records ─────────────────────────────────────────────────────────────────────────────── */

/* {"start_time":"…","end_time":"…"} */
static const char *period_of(struct arena *arena, struct stretch stretch)
{
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE], text[96];
	clock_format(stretch.from_ms, from);
	clock_format(stretch.to_ms, to);
	const int length = snprintf(
		text, sizeof(text), "{\"start_time\":\"%s\",\"end_time\":\"%s\"}", from, to);
	return arena_copy(arena, text, (size_t)length);
}

/* Ten cents a megabyte, as in Twilio's own example, in dollars with at most four decimals. */
static const char *price_of(struct arena *arena, int64_t bytes)
{
	char text[32];
	const int64_t price = bytes / 1000; /* in hundredths of a cent */
	int length = snprintf(
		text, sizeof(text), "%" PRId64 ".%04" PRId64, price / 10000, price % 10000);
	while (text[length - 1] == '0')
		length--;
	if (text[length - 1] == '.')
		length--;
	return arena_copy(arena, text, (size_t)length);
}

/* A country's code as Networks show it; NULL for NULL. */
static const char *upper_case(struct arena *arena, const char *country)
{
	char *upper = country != NULL ? arena_copy(arena, country, strlen(country)) : NULL;
	for (char *place = upper; place != NULL && *place != '\0'; place++)
		*place = (char)toupper((unsigned char)*place);
	return upper;
}

/* Which dimensions a record names: those that are filtered by, and the one of its group. */
static void name_dimensions(
	struct traversal *traversal, const struct group *group, struct usage_record *record)
{
	const struct usage_record *filter = traversal->query.filter;
	const enum usage_group by = filter->group;
	record->sim_sid = traversal->by_sim ? group->sid : filter->sim_sid;
	record->fleet_sid = by == BY_FLEET ? group->sid : filter->fleet_sid;
	record->network_sid = filter->network_sid;
	record->iso_country = upper_case(traversal->context->arena, filter->iso_country);
	if (by == BY_NETWORK)
		record->network_sid =
			network_sid_of_number(traversal->context->arena, group->network);
	if (by == BY_COUNTRY)
		record->iso_country = country_of(group->network);
}

static void visit_group(
	struct traversal *traversal, struct stretch stretch, const struct group *group)
{
	struct arena *arena = traversal->context->arena;
	struct usage_record record = {
		.period = period_of(
			arena, traversal->query.length_ms != 0 ? stretch : traversal->query.time),
		.account_sid = traversal->context->namespace,
		.data_upload = group->data_upload,
		.data_download = group->data_download,
		.data_total = add_bytes(group->data_upload, group->data_download),
	};
	record.data_total_billed = price_of(arena, record.data_total);
	name_dimensions(traversal, group, &record);
	if (record.period == NULL || record.data_total_billed == NULL) {
		traversal->failed = true;
		return;
	}
	if (strcmp(record.data_total_billed, "0") != 0)
		record.billed_unit = "USD";
	traversal->visit(traversal->closure, &record);
}

/* Visits the groups below `number`, as far as they fit on the page. */
static void visit_stretch(struct traversal *traversal, struct stretch stretch, int64_t number)
{
	struct store_page *page = &traversal->page;
	read_groups(traversal, stretch, true, number, traversal->limit - page->count + 1);
	for (size_t i = 0; i < traversal->set.count && !traversal->failed && !page->more; i++) {
		const struct group *group = &traversal->set.groups[i];
		if (group->number >= number)
			continue;
		page->more = page->count == traversal->limit;
		if (page->more)
			break;
		page->last_id = position_of(stretch, group->number);
		if (page->count++ == 0)
			page->first_id = page->last_id;
		visit_group(traversal, stretch, group);
	}
}

/* Without a dimension, the whole time has a record even when nothing was moved. */
static void visit_nothing(struct traversal *traversal)
{
	const struct usage_record *filter = traversal->query.filter;
	const struct group nothing = { .number = 1, .sid = "" };
	if (traversal->failed || filter->group != BY_NOTHING || traversal->query.length_ms != 0)
		return;
	traversal->page.count = 1;
	traversal->page.first_id = traversal->page.last_id = position_of(traversal->query.hours, 1);
	visit_group(traversal, traversal->query.hours, &nothing);
}

/* Visits what is below a position. */
static void visit_below(struct traversal *traversal, int64_t position)
{
	struct stretch rest = traversal->query.hours, stretch;
	const bool is_first_page = position == INT64_MAX;
	int64_t number = INT64_MAX;
	if (!is_first_page) {
		const int64_t at_ms = (position >> GROUP_BITS) * hour_ms;
		number = number_in(position);
		visit_stretch(traversal, stretch_of(&traversal->query, at_ms), number);
		rest.to_ms = stretch_of(&traversal->query, at_ms).from_ms;
	}
	while (!traversal->failed && !traversal->page.more &&
		find_stretch(traversal, rest, true, &stretch)) {
		visit_stretch(traversal, stretch, INT64_MAX);
		rest.to_ms = stretch.from_ms;
	}
	if (is_first_page && traversal->page.count == 0)
		visit_nothing(traversal);
}

/* Turns a page around: finds the position from which the page's records are the ones just above
 * `position`, and how many there are. */
static int64_t seek_above(struct traversal *traversal, int64_t position)
{
	struct stretch rest = traversal->query.hours;
	struct stretch stretch = stretch_of(&traversal->query, (position >> GROUP_BITS) * hour_ms);
	int64_t number = number_in(position), highest = position;
	size_t found = 0;
	do {
		read_groups(traversal, stretch, false, number, traversal->limit - found);
		for (size_t i = traversal->set.count; i-- > 0 && found < traversal->limit;) {
			if (traversal->set.groups[i].number <= number)
				continue;
			highest = position_of(stretch, traversal->set.groups[i].number);
			found++;
		}
		rest.from_ms = stretch.to_ms;
		number = 0;
	} while (found < traversal->limit && !traversal->failed &&
		 find_stretch(traversal, rest, false, &stretch));
	traversal->limit = found;
	return highest + 1;
}

/* ── the resource ────────────────────────────────────────────────────────────────────────── */

/* The numbers of the Networks that are asked for, as a JSON array; NULL: any. */
static struct api_error networks_of(
	struct context *context, const struct usage_record *filter, const char **ret_networks)
{
	struct strbuf numbers;
	*ret_networks = NULL;
	if (filter->network_sid == NULL && filter->iso_country == NULL)
		return error_none();
	strbuf_init(&numbers, NETWORKS_MAXIMUM);
	strbuf_add_char(&numbers, '[');
	for (size_t i = 0; i < network_count(); i++) {
		char sid[SID_SIZE];
		network_sid(i, sid);
		if ((filter->network_sid != NULL && strcmp(filter->network_sid, sid) != 0) ||
			(filter->iso_country != NULL &&
				strcasecmp(filter->iso_country, network_iso_country(i)) != 0))
			continue;
		if (numbers.length > 1)
			strbuf_add_char(&numbers, ',');
		strbuf_add_integer(&numbers, network_number(i));
	}
	strbuf_add_char(&numbers, ']');
	*ret_networks = arena_copy(context->arena, numbers.data, numbers.length);
	const bool complete = !numbers.failed && *ret_networks != NULL;
	strbuf_done(&numbers);
	return complete ? error_none() : error_internal();
}

static struct api_error list(struct context *context, const void *filter, field_set filters,
	const struct page_request *page, record_visitor *visit, void *closure,
	struct store_page *ret_page)
{
	const struct usage_record *wanted = filter;
	struct traversal traversal = {
		.context = context,
		.usage = { .namespace = context->namespace,
			.sim_sid = wanted->sim_sid,
			.fleet_sid = wanted->fleet_sid },
		.by_sim = wanted->group == BY_SIM && wanted->sim_sid == NULL,
		.visit = visit,
		.closure = closure,
		.limit = page->size,
	};
	struct api_error error = read_query(context, wanted, filters, &traversal.query);
	if (!is_error(error))
		error = networks_of(context, wanted, &traversal.usage.networks);
	if (is_error(error))
		return error;
	traversal.set = (struct group_set){ .arena = context->arena, .query = &traversal.query };
	int64_t position = page->position;
	if (page->direction == PAGE_ABOVE)
		position = seek_above(&traversal, position);
	if (traversal.limit > 0)
		visit_below(&traversal, position);
	*ret_page = traversal.page;
	return traversal.failed ? error_internal() : error_none();
}

const struct resource usage_record_resource = {
	.number = 16,
	.name = "Usage Record",
	.path = "UsageRecords",
	.list_key = "usage_records",
	.sid_prefix = "",
	.record_size = sizeof(struct usage_record),
	.sid_offset = offsetof(struct usage_record, account_sid),
	.fields = usage_record_fields,
	.field_count = COUNT_OF(usage_record_fields),
	.errors.invalid_parameter = ERROR_USAGE_PARAMETER,
	.is_computed = true,
};

const struct rules usage_record_rules = { .list = list };
