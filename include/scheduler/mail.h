/* SPDX-License-Identifier: MIT */
/* What another thread hands to the scheduler's, which calls `take`: embedded in what it is about.
 * See scheduler/mailbox.h. */
#ifndef SCHEDULER_MAIL_H
#define SCHEDULER_MAIL_H

struct mail {
	struct mail *next;
	void (*take)(void *closure);
	void *closure;
};

#endif
