/* SPDX-License-Identifier: MIT */
/* The rows of networks.csv, embedded at build (see CMakeLists.txt), in its order. */
#ifndef SERVICE_NETWORK_TABLE_H
#define SERVICE_NETWORK_TABLE_H

#include <stddef.h>

struct network_row {
	const char *iso_country;
	const char *friendly_name;
	const char *identifiers; /* "310-410 310-280": MCC and MNC */
};

/* How many there can be; the build refuses more. */
enum { NETWORKS_MAXIMUM = 2048 };

extern const struct network_row network_table[];
extern const size_t network_table_size;

#endif
