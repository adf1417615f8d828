/* SPDX-License-Identifier: MIT */
/*
 * The attempts to send webhooks that are under way: from their start until their outcome is
 * durable, so that none is begun twice.
 *
 * An attempt has a place only while it is sent. Its outcome then waits for its commit together with
 * others', while the next attempts are sent; only when very many wait, none is begun.
 *
 * Unless a comment says otherwise, all is the scheduler's thread's.
 */
#ifndef SCHEDULER_ATTEMPTS_H
#define SCHEDULER_ATTEMPTS_H

#include "scheduler/attempt_set.h"
#include "scheduler/outcomes.h"

/* An account has half of the places at most: its receivers may all hang. What an advance sends has
 * a place, too, but does not wait for one. */
enum {
	ATTEMPTS_MAXIMUM = 64,
	ATTEMPTS_PER_ACCOUNT = 32,
	ATTEMPTS_PER_RECEIVER = 8,
	ATTEMPTS_UNRECORDED = 256 /* a few commits' worth; each may hold 64 KiB of an answer */
};

struct attempts {
	struct ground *ground;
	struct attempt_set under_way;
	struct attempt *sending; /* those of them that have a place */
	size_t sending_count;
	struct outcomes outcomes; /* of those that have none any more */
};

void attempts_init(struct attempts *attempts, struct ground *ground);

/* Frees those under way, which are dropped. The sender must be gone. */
void attempts_done(struct attempts *attempts);

/* Starts an attempt, which is the callee's from now on. Its outcome is recorded, and then its
 * `finished` called, even when it could not be started. */
void attempts_start(struct attempts *attempts, struct attempt *attempt);

/* Begins those that a fault's latency held back until now. Gives how long, in milliseconds, until
 * this or attempts_submit has something to do that waits for its time; INT64_MAX: nothing does. */
int64_t attempts_begin_late(struct attempts *attempts);

/* Hands the outcomes that came since to the writer: outcomes_submit. A stop holds none back. */
void attempts_submit(struct attempts *attempts);

/* Gives up waiting for an attempt: `finished` will not be called. False when its request is through
 * already, and its outcome being recorded: that ends soon. */
bool attempts_abandon(struct attempt *attempt);

/* How many more may be begun; of those to a receiver. */
size_t attempts_room(const struct attempts *attempts);
size_t attempts_receiver_room(const struct attempts *attempts, const char *receiver);

bool attempts_account_is_full(const struct attempts *attempts, const char *namespace);

/* True when this due work is under way. */
bool attempts_include(const struct attempts *attempts, int64_t due_id);

/* True when an attempt of the account is under way, and not one of a namespace that it has left. */
bool attempts_include_account(const struct attempts *attempts, const char *account_sid);

#endif
