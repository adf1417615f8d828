/* SPDX-License-Identifier: MIT */
/*
 * SIM cards of which a seed fixed the registration code. Whoever registers one must know it; cards
 * that are not listed take any code of ten characters.
 */
#include "service/sim_cards.h"

#include <string.h>

#include "engine/engine.h"
#include "util/count.h"

static const struct field sim_card_fields[] = {
	{ FIELD_OF(sim_card, sid), .kind = FIELD_OWN_SID, .prefix = "SC", .flags = HIDDEN },
	{ FIELD_OF(sim_card, account_sid), .kind = FIELD_ACCOUNT_SID, .flags = HIDDEN },
	{ FIELD_OF(sim_card, iccid), .kind = FIELD_TEXT, .minimum = 18, .maximum = 22,
		.parameter = "Iccid", .flags = ON_SEED | REQUIRED },
	{ FIELD_OF(sim_card, registration_code), .kind = FIELD_TEXT, .minimum = 10, .maximum = 10,
		.parameter = "RegistrationCode", .flags = ON_SEED | REQUIRED },
};

static void set_defaults(void *record)
{
	*(struct sim_card *)record = (struct sim_card){ 0 };
}

bool sim_card_has_iccid_form(const char *text)
{
	const size_t length = strlen(text);
	return length >= 18 && length <= 22 && strspn(text, "0123456789") == length;
}

static struct api_error check_card(struct context *context, void *record, field_set given)
{
	const struct sim_card *card = record;
	(void)given;
	return sim_card_has_iccid_form(card->iccid)
		       ? error_none()
		       : error_new(context->arena, ERROR_INVALID_PARAMETER, "iccid");
}

const struct resource sim_card_resource = {
	.number = 2,
	.name = "SIM card",
	.list_key = "sim_cards",
	.sid_prefix = "SC",
	.record_size = sizeof(struct sim_card),
	.sid_offset = offsetof(struct sim_card, sid),
	.fields = sim_card_fields,
	.field_count = COUNT_OF(sim_card_fields),
	.set_defaults = set_defaults,
};

const struct rules sim_card_rules = {
	.before_create = check_card,
};

struct api_error sim_card_check(
	struct context *context, const char *iccid, const char *code, bool *ret_good)
{
	const struct sim_card filter = { .iccid = iccid };
	struct sim_card card;
	bool found;
	const struct api_error error = engine_find(context, &sim_card_resource, &filter,
		resource_member_bit(&sim_card_resource, offsetof(struct sim_card, iccid)), &card,
		&found);
	*ret_good = !is_error(error) && (!found || strcmp(card.registration_code, code) == 0);
	return error;
}
