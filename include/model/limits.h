/* SPDX-License-Identifier: MIT */
/* What is taken at most, for who checks it and for who says so. */
#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#define PAGE_SIZE_MAXIMUM	    1000
#define SMS_COMMAND_PAYLOAD_MAXIMUM 160	 /* bytes */
#define IP_COMMAND_PAYLOAD_MAXIMUM  1300 /* bytes, before they are base64 */

/* The largest bodies, in bytes: of a form or of a request to a sink, which anybody may send, and of
 * a document of the control API, and of one that holds an account's state: what is exported (see
 * seed/state.h), as others write it, with a blank after each comma and colon. */
enum {
	FORM_MAXIMUM = 64 * 1024,
	DOCUMENT_MAXIMUM = 1024 * 1024,
	STATE_DOCUMENT_MAXIMUM = 48 * 1024 * 1024
};

/* One of the first three as a part of a text: "at most " LIMIT_TEXT(PAGE_SIZE_MAXIMUM). */
#define LIMIT_TEXT(limit)    LIMIT_TEXT_OF(limit)
#define LIMIT_TEXT_OF(limit) #limit

#endif
