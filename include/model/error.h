/* SPDX-License-Identifier: MIT */
/*
 * What the API says when it refuses: an HTTP status, Twilio's code and a message.
 *
 * An error is a value. `code` 0 means that all is well. The catalogue in src/model/error.c is the
 * one place that decides codes, statuses and wording.
 */
#ifndef MODEL_ERROR_H
#define MODEL_ERROR_H

#include <stdbool.h>
#include <stdio.h>

#include "model/basis.h"
#include "util/arena.h"

struct api_error {
	int code;   /* Twilio's error code; 0: no error */
	int status; /* HTTP status */
	const char *message;
	const char *field; /* the parameter that is missing or invalid; NULL: it is about none */
	/* What would help in this very case, on one line; or NULL. It lives as long as the message.
	 * The control API shows it as `hint`; bodies of /v1 are Twilio's, so there it is a header
	 * (request/hint.h). */
	const char *hint;
	const char *cure; /* what helps in general, when there is no better hint; static, or NULL */
	const char *cause; /* how it comes about: the rule that was broken; static, or NULL */
	enum basis basis;
};

enum error_case {
	ERROR_GENERAL,		 /* in tables: nothing special; makes the internal error */
	ERROR_MISSING_PARAMETER, /* subject: the parameter */
	ERROR_INVALID_PARAMETER, /* subject: the parameter */
	ERROR_REFUSED_BY_STRICT, /* subject: the parameter that there is a warning of, or the body
				  */
	ERROR_BAD_REQUEST,	 /* the body or the query cannot be decoded */
	ERROR_NO_CREDENTIALS,
	ERROR_UNKNOWN_USER,
	ERROR_WRONG_SECRET,
	ERROR_METHOD_NOT_ALLOWED,
	ERROR_PAGE_SIZE_TOO_LARGE,
	ERROR_PAGE_WITHOUT_TOKEN,
	ERROR_NOT_FOUND, /* subject: the path without its version */
	ERROR_DUPLICATE, /* subject: "Fleet with unique name 'x'" */
	ERROR_BODY_TOO_LARGE,
	ERROR_HEAD_TOO_LARGE,
	ERROR_SIM_MISSING_PARAMETER, /* subject: the parameter */
	ERROR_SIM_CANNOT_BE_REGISTERED,
	ERROR_SIM_REGISTERED_ALREADY, /* subject: its SID */
	ERROR_SIM_NOT_FOUND,	      /* subject: the path without its version */
	ERROR_SIM_FLEET_NOT_FOUND,
	ERROR_SIM_NEEDS_FLEET,
	ERROR_SIM_KEEPS_FLEET,
	ERROR_SIM_IS_SCHEDULED,
	ERROR_SIM_STATUS_UNREACHABLE, /* subject: "active to ready" */
	ERROR_SIM_DUPLICATE,	      /* subject: "Sim with unique name 'x'" */
	ERROR_SIM_HAS_HISTORY,
	ERROR_USAGE_PARAMETER, /* subject: the parameter */
	ERROR_USAGE_NOT_ON_DAY,
	ERROR_USAGE_NOT_ON_HOUR,
	ERROR_USAGE_LONG_FOR_SIMS,
	ERROR_USAGE_LONG,
	ERROR_USAGE_OLD,
	ERROR_TOO_MANY_REQUESTS,
	ERROR_INTERNAL,
	ERROR_UNAVAILABLE,
	/* What only calls of the control API meet. */
	ERROR_ACCOUNT_EXISTS,
	ERROR_ACCOUNT_WAS_RESET,
	ERROR_API_KEY_TAKEN,
	ERROR_CLOCK_IS_ADVANCED,
	ERROR_STATE_TOO_LARGE, /* subject: how large it is */
	ERROR_FLEET_HAS_SIMS,  /* subject: how many */
	ERROR_SIM_WITHOUT_FLEET,
	ERROR_SIM_IS_OFF, /* of what its device does, as the next ones */
	ERROR_FLEET_WITHOUT_SMS,
	ERROR_FLEET_WITHOUT_DATA,
	ERROR_SIM_IS_BLOCKED,
	ERROR_SIM_IS_DETACHED,
	ERROR_DEVICE_TAKEN,
	ERROR_PROFILE_STATUS, /* subject: "new: it cannot become installed" */
	ERROR_CASE_COUNT
};

/* `special`, or `general` where that is ERROR_GENERAL. */
static inline enum error_case error_or_general(enum error_case special, enum error_case general)
{
	return special != ERROR_GENERAL ? special : general;
}

/* No error. */
static inline struct api_error error_none(void)
{
	return (struct api_error){ 0 };
}

/*
 * The error of a case. `subject` fills the blank in its message and may be NULL where the case
 * names none. The message lives in `arena`, or is static; without memory it loses its subject.
 */
struct api_error error_new(struct arena *arena, enum error_case which, const char *subject);

/* The message of a case that has no subject. */
const char *error_text(enum error_case which);

/* A row of the catalogue: the message is `before`, a subject, `after`, which is NULL where it has
 * no subject. `basis` is BASIS_NONE for what /v1 never says. */
struct error_description {
	int code, status;
	const char *before, *after;
	enum basis basis;
	const char *source;
	const char *cause, *cure; /* for docs/errors.md */
};
void error_describe(enum error_case which, struct error_description *ret_description);

/* Prints a message as documents have it: … stands for its subject. */
void error_print_message(FILE *out, const char *before, const char *after);

/* The internal error, for faults that the caller of the API cannot mend. Details go to the log. */
struct api_error error_internal(void);

/* True when something went wrong. */
static inline bool is_error(struct api_error error)
{
	return error.code != 0;
}

#endif
