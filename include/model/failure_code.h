/* SPDX-License-Identifier: MIT */
/* Twilio's codes of what fails later, when no call waits for an answer any more: records, webhooks
 * and advances show them (error dictionary). */
#ifndef MODEL_FAILURE_CODE_H
#define MODEL_FAILURE_CODE_H

enum failure_code {
	FAILURE_HTTP_RETRIEVAL = 11200,
	FAILURE_BAD_OVERRIDE = 11243,
	FAILURE_IP_COMMAND = 83400,
	FAILURE_NOT_ATTACHED = 83401,
	FAILURE_IP_COMMAND_RECEIVER = 83402,
	FAILURE_NO_ESIM_PROFILE = 83500
};

struct failure_description {
	enum failure_code code;
	const char *shown, *cause, *cure; /* where it is shown, what it means, what helps */
};

/* Ends with a code of 0. */
extern const struct failure_description failure_descriptions[];

#endif
