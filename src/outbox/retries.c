/* SPDX-License-Identifier: MIT */
#include "outbox/retries.h"

#include <string.h>

/* True when the URL's retry policy names a failure. */
static bool policy_names(unsigned policy, const struct attempt_failure *failure)
{
	if (failure->read_timed_out)
		return policy & RETRY_READ; /* even when a status line came */
	if (failure->status >= 500)
		return policy & RETRY_5XX;
	if (failure->status >= 400)
		return policy & RETRY_4XX;
	if (failure->status > 0)
		return policy == RETRY_ALL;
	return policy & (strcmp(failure->result, "broken") == 0 ? RETRY_READ : RETRY_CONNECT);
}

bool retries_plan(struct retries *retries, const struct attempt_failure *failure,
	const struct overrides *overrides, const struct policy *policy, int64_t *ret_delay_ms)
{
	if (strcmp(failure->result, "policy") == 0 || strcmp(failure->result, "url") == 0)
		return false; /* our own refusal: it would stay so */
	if (retries->quick < overrides->retries && retries->scheduled == 0 &&
		policy_names(overrides->policy, failure)) {
		retries->quick++;
		*ret_delay_ms = 0;
		return true;
	}
	if ((size_t)retries->scheduled >= policy->webhook_retry_count)
		return false;
	*ret_delay_ms = policy->webhook_retries[retries->scheduled++];
	return true;
}
