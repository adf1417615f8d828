/* SPDX-License-Identifier: MIT */
/* What the API takes at most, for who checks it and for who says so. */
#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#define PAGE_SIZE_MAXIMUM	    1000
#define SMS_COMMAND_PAYLOAD_MAXIMUM 160	 /* bytes */
#define IP_COMMAND_PAYLOAD_MAXIMUM  1300 /* bytes, before they are base64 */

/* One of these as a part of a text: "at most " LIMIT_TEXT(PAGE_SIZE_MAXIMUM). */
#define LIMIT_TEXT(limit)    LIMIT_TEXT_OF(limit)
#define LIMIT_TEXT_OF(limit) #limit

#endif
