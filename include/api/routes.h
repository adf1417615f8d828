/* SPDX-License-Identifier: MIT */
/* Twilio's API below /v1, and what monitors ask for, as a section of the server. */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "request/route.h"

extern const struct section api_section;

#endif
