/* SPDX-License-Identifier: MIT */
/* SIM cards whose registration code is known: see src/service/sim_cards.c. */
#ifndef SERVICE_SIM_CARDS_H
#define SERVICE_SIM_CARDS_H

#include "service/resources.h"

struct sim_card {
	const char *sid;
	const char *account_sid;
	const char *iccid;
	const char *registration_code;
};

/* True for 18 to 22 digits. The last one need be no check digit: test suites make numbers up. */
bool sim_card_has_iccid_form(const char *text);

/* Whether a card can be registered with this code. */
struct api_error sim_card_check(
	struct context *context, const char *iccid, const char *code, bool *ret_good);

#endif
