/* SPDX-License-Identifier: MIT */
/* What the control API says when it refuses, beside the errors that it shares with /v1
 * (model/error.h): one catalogue decides statuses, words and cures. */
#ifndef CONTROL_ERROR_H
#define CONTROL_ERROR_H

#include <stdio.h>

#include "model/error.h"

enum control_error_case {
	CONTROL_BODY_IS_NO_JSON,
	CONTROL_BODY_IS_NO_OBJECT,
	CONTROL_UNKNOWN_KEY,
	CONTROL_MISSING_KEY,
	CONTROL_VALUE,
	CONTROL_QUERY_UNREADABLE,
	CONTROL_UNKNOWN_QUERY,
	CONTROL_WHICH_ACCOUNT,
	CONTROL_WHOSE_SINK,
	CONTROL_NO_ACCOUNT_SID,
	CONTROL_ONE_ACCOUNT,
	CONTROL_ONE_OR_ALL,
	CONTROL_NO_NETWORK,
	CONTROL_NO_ADDRESS,
	CONTROL_ADDRESS_REFUSED,
	CONTROL_IN_FUTURE,
	CONTROL_NO_JOURNAL,
	CONTROL_NO_CRITERIA,
	CONTROL_ONE_EXPECTATION,
	CONTROL_ONE_PAYLOAD,
	CONTROL_BY_OR_TO,
	CONTROL_NO_BASE64,
	CONTROL_STATE_UNREADABLE,
	CONTROL_STATE_UNLOADABLE,
	CONTROL_STATE_OF_ONE,
	CONTROL_ADMIN_TOKEN,
	CONTROL_FOREIGN_HOST,
	CONTROL_FOREIGN_PAGE,
	CONTROL_OPERATOR_ONLY,
	CONTROL_ALL_ACCOUNTS,
	CONTROL_OTHER_ACCOUNT,
	CONTROL_NO_ACCOUNT,
	CONTROL_NOT_SEEN,
	CONTROL_NO_FAULT,
	CONTROL_FAULT_ID_TAKEN,
	CONTROL_TOO_MANY_FAULTS,
	CONTROL_ERROR_COUNT
};

/* The error of a case. `field` (or NULL) must outlive the request. */
struct api_error control_error(enum control_error_case which, const char *field);

/* Prints the control API's part of docs/errors.md. */
void control_errors_print(FILE *out);

#endif
