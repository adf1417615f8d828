/* SPDX-License-Identifier: MIT */
/*
 * Networks come from networks.csv and are the same in every account; nobody can change them.
 *
 * A SID is made from the first MCC and MNC, so that it is the same in every version. Properties and
 * filters follow Twilio's Network resource page and OpenAPI file.
 */
#include "service/networks.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "service/network_table.h"
#include "util/count.h"
#include "util/hash.h"
#include "util/strbuf.h"

enum { MCC_LENGTH = 3, MNC_MAXIMUM = 3, IDENTIFIERS_MAXIMUM = 4096 };

size_t network_count(void)
{
	return network_table_size;
}

const char *network_iso_country(size_t place)
{
	return network_table[place].iso_country;
}

/* ── identity ────────────────────────────────────────────────────────────────────────────── */

/* Made once, since hashing is too much for every look-up. */
struct identity {
	char sid[SID_SIZE];
	int64_t number;
};

static struct identity identities[NETWORKS_MAXIMUM];		     /* by place */
static size_t by_sid[NETWORKS_MAXIMUM], by_number[NETWORKS_MAXIMUM]; /* places in order */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int compare_sid(const void *sid, const void *place)
{
	return strcmp(sid, identities[*(const size_t *)place].sid);
}

static int compare_sids(const void *left, const void *right)
{
	return compare_sid(identities[*(const size_t *)left].sid, right);
}

static int compare_number(const void *number, const void *place)
{
	const int64_t wanted = *(const int64_t *)number;
	const int64_t here = identities[*(const size_t *)place].number;
	return (wanted > here) - (wanted < here);
}

static int compare_numbers(const void *left, const void *right)
{
	return compare_number(&identities[*(const size_t *)left].number, right);
}

static void identify(const char *identifiers, struct identity *ret_identity)
{
	char first[16];
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(identifiers, " "), identifiers);
	const uint64_t high = hash_finish(hash_text(HASH_START, first));
	const uint64_t low = hash_finish(hash_text(hash_number(HASH_START, high), first));
	snprintf(ret_identity->sid, SID_SIZE, "HW%016" PRIx64 "%016" PRIx64, high, low);
	ret_identity->number =
		strtol(first, NULL, 10) * 1000 + strtol(first + MCC_LENGTH + 1, NULL, 10);
}

static void identify_all(void)
{
	for (size_t i = 0; i < network_table_size; i++) {
		identify(network_table[i].identifiers, &identities[i]);
		by_sid[i] = by_number[i] = i;
	}
	qsort(by_sid, network_table_size, sizeof(*by_sid), compare_sids);
	qsort(by_number, network_table_size, sizeof(*by_number), compare_numbers);
}

static const struct identity *identity_of(size_t place)
{
	pthread_once(&once, identify_all);
	return &identities[place];
}

static bool find(const void *key, const size_t *places,
	int (*compare)(const void *key, const void *place), size_t *ret_place)
{
	pthread_once(&once, identify_all);
	const size_t *found = bsearch(key, places, network_table_size, sizeof(*places), compare);
	if (found != NULL)
		*ret_place = *found;
	return found != NULL;
}

void network_sid(size_t place, char ret_sid[SID_SIZE])
{
	memcpy(ret_sid, identity_of(place)->sid, SID_SIZE);
}

bool network_find(const char *sid, size_t *ret_place)
{
	return find(sid, by_sid, compare_sid, ret_place);
}

int64_t network_number(size_t place)
{
	return identity_of(place)->number;
}

bool network_find_number(int64_t number, size_t *ret_place)
{
	return find(&number, by_number, compare_number, ret_place);
}

struct api_error network_number_of(
	struct context *context, const char *sid, const char *field, int64_t *ret_number)
{
	size_t place;
	*ret_number = 0;
	if (sid == NULL)
		return error_none();
	if (!network_find(sid, &place))
		return error_new(context->arena, ERROR_INVALID_PARAMETER, field);
	*ret_number = network_number(place);
	return error_none();
}

const char *network_sid_of_number(struct arena *arena, int64_t number)
{
	size_t place;
	char sid[SID_SIZE];
	if (!network_find_number(number, &place))
		return NULL;
	network_sid(place, sid);
	return arena_copy(arena, sid, SID_LENGTH);
}

/* ── the resource ────────────────────────────────────────────────────────────────────────── */

static const struct field network_fields[] = {
	{ FIELD_OF(network, friendly_name), .kind = FIELD_TEXT },
	{ FIELD_OF(network, iso_country), .parameter = "IsoCountry", .kind = FIELD_TEXT,
		.minimum = 2, .maximum = 2, .flags = ON_LIST,
		.takes = "a country's two letters, such as US" },
	{ FIELD_OF(network, identifiers), .kind = FIELD_JSON, .shape = NETWORK_IDENTIFIERS_SHAPE },
	{ FIELD_OF(network, sid), .kind = FIELD_OWN_SID, .prefix = "HW" },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_OF(network, mnc), .parameter = "Mnc", .kind = FIELD_TEXT, .minimum = 1,
		.maximum = MNC_MAXIMUM, .flags = ON_LIST | HIDDEN, .takes = "two or three digits" },
	{ FIELD_OF(network, mcc), .parameter = "Mcc", .kind = FIELD_TEXT, .minimum = 1,
		.maximum = MCC_LENGTH, .flags = ON_LIST | HIDDEN, .takes = "three digits" },
};

static bool add_identifiers(struct strbuf *out, const char *identifiers)
{
	char separator = '[';
	while (*identifiers != '\0') {
		const size_t length = strcspn(identifiers, " ");
		strbuf_add_char(out, separator);
		strbuf_add_format(out, "{\"mcc\":\"%.*s\",\"mnc\":\"%.*s\"}", MCC_LENGTH,
			identifiers, (int)length - MCC_LENGTH - 1, identifiers + MCC_LENGTH + 1);
		separator = ',';
		identifiers += length;
		identifiers += strspn(identifiers, " ");
	}
	strbuf_add_char(out, ']');
	return !out->failed;
}

bool network_describe(size_t place, struct arena *arena, struct network *ret_network)
{
	const struct network_row *row = &network_table[place];
	char sid[SID_SIZE];
	struct strbuf identifiers;
	strbuf_init(&identifiers, IDENTIFIERS_MAXIMUM);
	network_sid(place, sid);
	*ret_network = (struct network){
		.friendly_name = row->friendly_name,
		.iso_country = row->iso_country,
		.sid = arena_copy(arena, sid, SID_LENGTH),
	};
	if (add_identifiers(&identifiers, row->identifiers))
		ret_network->identifiers = arena_copy(arena, identifiers.data, identifiers.length);
	strbuf_done(&identifiers);
	return ret_network->sid != NULL && ret_network->identifiers != NULL;
}

static struct api_error fetch(struct context *context, const char *identifier, void *record)
{
	size_t place;
	if (!network_find(identifier, &place))
		return error_new(context->arena, ERROR_NOT_FOUND, context->path);
	return network_describe(place, context->arena, record) ? error_none() : error_internal();
}

/* True when one of the identifiers has this MCC and MNC; NULL is any. */
static bool has_identifier(const char *identifiers, const char *mcc, const char *mnc)
{
	while (*identifiers != '\0') {
		const size_t length = strcspn(identifiers, " ");
		const size_t mnc_length = length - MCC_LENGTH - 1;
		const bool same_mcc =
			mcc == NULL ||
			(strlen(mcc) == MCC_LENGTH && memcmp(mcc, identifiers, MCC_LENGTH) == 0);
		const bool same_mnc =
			mnc == NULL ||
			(strlen(mnc) == mnc_length &&
				memcmp(mnc, identifiers + MCC_LENGTH + 1, mnc_length) == 0);
		if (same_mcc && same_mnc)
			return true;
		identifiers += length;
		identifiers += strspn(identifiers, " ");
	}
	return false;
}

static bool is_wanted(const struct network_row *row, const struct network *filter)
{
	return (filter->iso_country == NULL ||
		       strcasecmp(filter->iso_country, row->iso_country) == 0) &&
	       has_identifier(row->identifiers, filter->mcc, filter->mnc);
}

static bool make_network(void *closure, size_t place, void *record)
{
	return network_describe(place, closure, record);
}

static struct api_error list(struct context *context, const void *filter, field_set filters,
	const struct page_request *page, record_visitor *visit, void *closure,
	struct store_page *ret_page)
{
	(void)filters;
	size_t count = 0;
	size_t *places = arena_alloc(context->arena, network_table_size * sizeof(*places));
	if (places == NULL)
		return error_internal();
	for (size_t i = 0; i < network_table_size; i++) {
		if (is_wanted(&network_table[i], filter))
			places[count++] = i;
	}
	struct network network;
	const struct list_items items = { places, count, make_network, context->arena };
	return list_visit_items(page, &items, &network, visit, closure, ret_page);
}

const struct resource network_resource = {
	.number = 12,
	.name = "Network",
	.path = "Networks",
	.list_key = "networks",
	.sid_prefix = "HW",
	.record_size = sizeof(struct network),
	.sid_offset = offsetof(struct network, sid),
	.fields = network_fields,
	.field_count = COUNT_OF(network_fields),
	.is_computed = true,
};

const struct rules network_rules = { .list = list, .fetch = fetch };
