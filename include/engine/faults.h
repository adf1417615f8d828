/* SPDX-License-Identifier: MIT */
/*
 * An account's fault rules and its limit, between the database and memory (watch/traffic.h).
 *
 * A write changes them in the database and prepares what becomes of them in memory; the caller
 * gives that to traffic_record once it is durable.
 */
#ifndef ENGINE_FAULTS_H
#define ENGINE_FAULTS_H

#include "engine/context.h"
#include "watch/traffic.h"

/* The settings of the account that the context is in, in the arena; its rules are read, too. Those
 * of one that has none are empty. */
struct api_error faults_fetch(struct context *context, struct traffic_settings *ret_settings,
	struct fault_rules *ret_rules);

/* Writes the settings of the account that the context is in. `anew`: rules count anew. */
struct api_error faults_save(struct context *context, struct traffic *traffic,
	const struct traffic_settings *settings, bool anew, struct traffic_change **ret_change);

/* Gives the account that the context is in those of the account `from`. */
struct api_error faults_copy(struct context *context, struct traffic *traffic, const char *from,
	struct traffic_change **ret_change);

/* Puts what every account has into force, at the start. False after logging why. */
bool faults_load(struct store_connection *connection, struct traffic *traffic);

#endif
