/* SPDX-License-Identifier: MIT */
/*
 * Faults and limits on a request's way. A request that is let in is counted among those in work of
 * its account; then the account's faults are asked whether one hits it. Which bytes come of that on
 * the wire is src/http/fault.c's.
 */
#ifndef REQUEST_FAULT_H
#define REQUEST_FAULT_H

#include "request/request.h"

/* To be called once the caller is known, and before anything else is said. `ret_answered`: nothing
 * more is to be done, and the reply is complete. Only requests to Twilio's API are meant. Error:
 * 20429 when as many are in work as may be. */
struct api_error fault_meet(struct request *request, bool *ret_answered);

/* To be called once the reply is complete: what the fault that hit makes of it. */
void fault_change_reply(struct request *request);

#endif
