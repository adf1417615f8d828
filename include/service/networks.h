/* SPDX-License-Identifier: MIT */
/* Networks: the cellular networks of the world, as far as networks.csv lists them. */
#ifndef SERVICE_NETWORKS_H
#define SERVICE_NETWORKS_H

#include "service/resources.h"
#include "model/sid.h"

/* The identifiers of a Network, described: see model/resource.h. */
#define NETWORK_IDENTIFIERS_SHAPE                                                                  \
	SHAPE({                                                                                    \
		"type" : "array",                                                                  \
		"items" : {                                                                        \
			"type" : "object",                                                         \
			"properties" :                                                             \
				{ "mcc" : { "type" : "string" }, "mnc" : { "type" : "string" } },  \
			"required" : [ "mcc", "mnc" ]                                              \
		}                                                                                  \
	})

struct network {
	const char *friendly_name;
	const char *iso_country; /* "US" */
	const char *identifiers; /* a JSON array of {"mcc", "mnc"} */
	const char *sid;
	const char *mcc, *mnc; /* list filters */
};

/* How many Networks there are. */
size_t network_count(void);

/* Writes the SID of the Network at a place in the list: the same in every account, for ever. */
void network_sid(size_t place, char ret_sid[SID_SIZE]);

/* The place of a SID. False: there is no such Network. */
bool network_find(const char *sid, size_t *ret_place);

/* A number that identifies the Network in usage: its first MCC and MNC, 310410. Never 0. */
int64_t network_number(size_t place);

/* The place of a number. False: there is no such Network. */
bool network_find_number(int64_t number, size_t *ret_place);

/* Its country's code, "US". */
const char *network_iso_country(size_t place);

/* Fills in a Network; its texts are put into the arena. False without memory. */
bool network_describe(size_t place, struct arena *arena, struct network *ret_network);

/* The number of a SID in `ret_number`; 0 for NULL. Error: 20001 naming `field`. */
struct api_error network_number_of(
	struct context *context, const char *sid, const char *field, int64_t *ret_number);

/* The SID of a number, in the arena; NULL for 0 and for one that is not listed any more. */
const char *network_sid_of_number(struct arena *arena, int64_t number);

#endif
